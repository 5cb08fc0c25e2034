import type { Preset } from '../verification/preset.ts'

export const docusign: Preset = {
  name: 'docusign',
  title: 'DocuSign',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: Array.from({ length: 100 }, (_, i) => `X-DocuSign-Signature-${i + 1}`) },
    candidates: 100,
  },
  id: [['/data/envelopeId', '/event', '/generatedDateTime']],
  type: ['/event'],
  at: ['/generatedDateTime'],
  replyWithin: 100,
  docs: 'https://developers.docusign.com/platform/webhooks/connect/',
}

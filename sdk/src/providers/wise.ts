import type { Preset } from '../verification/preset.ts'
import { verifyPublicKey } from '../verification/public-key.ts'

export const wise: Preset = {
  name: 'wise',
  title: 'Wise',
  scheme: {
    kind: 'publicKey',
    algorithm: 'rsa-sha256',
    signature: { headers: ['X-Signature-SHA256'], encoding: 'base64' },
    key: { encoding: 'pem' },
  },
  id: ['X-Delivery-Id'],
  type: ['/event_type'],
  at: ['/sent_at'],
  checkers: { publicKey: verifyPublicKey },
  replyWithin: 5,
  docs: 'https://docs.wise.com/api-docs/features/webhooks-notifications',
}

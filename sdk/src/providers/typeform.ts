import type { Preset } from '../verification/preset.ts'

export const typeform: Preset = {
  name: 'typeform',
  title: 'Typeform',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['Typeform-Signature'], prefix: 'sha256=' },
  },
  id: ['/event_id'],
  type: ['/event_type'],
  at: ['/form_response/submitted_at'],
  replyWithin: 30,
  docs: 'https://www.typeform.com/developers/webhooks/',
}

import type { Preset } from '../verification/preset.ts'

export const square: Preset = {
  name: 'square',
  title: 'Square',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['x-square-hmacsha256-signature'] },
    signed: '{url}{body}',
  },
  id: ['/event_id'],
  type: ['/type'],
  at: ['/created_at'],
  replyWithin: 10,
  docs: 'https://developer.squareup.com/docs/webhooks/overview',
}

import type { Preset } from '../verification/preset.ts'

export const xero: Preset = {
  name: 'xero',
  title: 'Xero',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['x-xero-signature'] },
  },
  split: '/events',
  id: [['/resourceId', '/eventDateUtc']],
  type: [['/eventCategory', '/eventType'], '/eventType'],
  at: ['/eventDateUtc'],
  // Signed wrongly on purpose at times: the wrong ones must get 401.
  handshakes: [
    {
      when: { method: 'POST', body: { pointer: '/events', equals: [] } },
      signature: 'required',
      answer: { status: 200 },
    },
  ],
  replyWithin: 5,
  docs: 'https://developer.xero.com/documentation/guides/webhooks/overview/',
}

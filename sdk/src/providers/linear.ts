import type { Preset } from '../verification/preset.ts'

export const linear: Preset = {
  name: 'linear',
  title: 'Linear',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['Linear-Signature'] },
    timestamp: { from: 'body', name: '/webhookTimestamp', unit: 'ms', tolerance: 60 },
  },
  // `Linear-Timestamp` is not signed; the body's field is.
  id: ['Linear-Delivery'],
  type: [['/type', '/action'], '/type'],
  at: ['/createdAt'],
  replyWithin: 5,
  docs: 'https://linear.app/developers/webhooks',
}

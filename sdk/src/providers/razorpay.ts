import type { Preset } from '../verification/preset.ts'

export const razorpay: Preset = {
  name: 'razorpay',
  title: 'Razorpay',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Razorpay-Signature'] },
  },
  id: ['X-Razorpay-Event-Id'],
  type: ['/event'],
  at: ['/created_at'],
  replyWithin: 5,
  docs: 'https://razorpay.com/docs/webhooks/',
}

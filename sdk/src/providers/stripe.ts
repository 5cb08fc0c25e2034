import type { Preset } from '../verification/preset.ts'

export const stripe: Preset = {
  name: 'stripe',
  title: 'Stripe',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['Stripe-Signature'], list: { item: ',', pair: '=', field: 'v1' } },
    timestamp: { from: 'list', name: 't', unit: 's', tolerance: 300 },
    signed: '{t}.{body}',
  },
  id: ['/id'],
  type: ['/type'],
  at: ['/created'],
  replyWithin: 20,
  docs: 'https://docs.stripe.com/webhooks',
}

import type { Preset } from '../verification/preset.ts'

export const customerio: Preset = {
  name: 'customerio',
  title: 'Customer.io',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-CIO-Signature'] },
    timestamp: { from: 'header', name: 'X-CIO-Timestamp', unit: 's', tolerance: 300 },
    signed: 'v0:{t}:{body}',
  },
  id: ['/event_id'],
  type: [['/object_type', '/metric'], '/metric'],
  at: ['/timestamp'],
  replyWithin: 4,
  docs: 'https://docs.customer.io/journeys/webhooks/',
}

import type { Preset } from '../verification/preset.ts'

export const calendly: Preset = {
  name: 'calendly',
  title: 'Calendly',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: {
      headers: ['Calendly-Webhook-Signature'],
      list: { item: ',', pair: '=', field: 'v1' },
    },
    timestamp: { from: 'list', name: 't', unit: 's', tolerance: 180 },
    signed: '{t}.{body}',
  },
  id: [['/event', '/payload/uri'], '/payload/uri'],
  type: ['/event'],
  at: ['/created_at'],
  replyWithin: 15,
  docs: 'https://developer.calendly.com/api-docs/webhooks',
}

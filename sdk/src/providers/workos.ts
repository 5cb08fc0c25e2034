import type { Preset } from '../verification/preset.ts'

export const workos: Preset = {
  name: 'workos',
  title: 'WorkOS',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['WorkOS-Signature'], list: { item: ', ', pair: '=', field: 'v1' } },
    timestamp: { from: 'list', name: 't', unit: 'ms', tolerance: 180 },
    signed: '{t}.{body}',
  },
  id: ['/id'],
  type: ['/event', '/type'],
  at: ['/created_at'],
  replyWithin: 15,
  docs: 'https://workos.com/docs/events/data-syncing/webhooks',
}

import type { Preset } from '../verification/preset.ts'

export const pagerduty: Preset = {
  name: 'pagerduty',
  title: 'PagerDuty',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-PagerDuty-Signature'], list: { item: ',', pair: '=', field: 'v1' } },
  },
  id: ['/event/id'],
  type: ['/event/event_type'],
  at: ['/event/occurred_at'],
  replyWithin: 16,
  docs: 'https://developer.pagerduty.com/docs/webhooks-overview',
}

import type { Preset } from '../verification/preset.ts'

export const chargebee: Preset = {
  name: 'chargebee',
  title: 'Chargebee',
  scheme: { kind: 'secret', in: { basic: true } },
  id: ['/id'],
  type: ['/event_type'],
  at: ['/occurred_at'],
  replyWithin: 20,
  docs: 'https://www.chargebee.com/docs/billing/2.0/site-configuration/webhook_settings',
}

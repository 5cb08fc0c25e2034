import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const chargebee: Preset = {
  name: 'chargebee',
  title: 'Chargebee',
  scheme: { kind: 'secret', in: { basic: true } },
  id: ['/id'],
  type: ['/event_type'],
  at: ['/occurred_at'],
  checkers: { secret: verifySecret },
  replyWithin: 20,
  docs: 'https://www.chargebee.com/docs/billing/2.0/site-configuration/webhook_settings',
}

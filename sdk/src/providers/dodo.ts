import type { Preset } from '../verification/preset.ts'
import { standardSchemes } from './standard-webhooks.ts'

export const dodo: Preset = {
  name: 'dodo',
  title: 'Dodo Payments',
  scheme: standardSchemes.v1,
  id: ['webhook-id'],
  type: ['/type', '/event', '/event_type'],
  at: ['/timestamp', 'webhook-timestamp'],
  replyWithin: 15,
  docs: 'https://docs.dodopayments.com/developer-resources/webhooks',
}

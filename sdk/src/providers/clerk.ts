import type { Preset } from '../verification/preset.ts'
import { standardSchemes } from './standard-webhooks.ts'

export const clerk: Preset = {
  name: 'clerk',
  title: 'Clerk',
  scheme: standardSchemes.v1,
  id: ['webhook-id'],
  type: ['/type', '/event', '/event_type'],
  at: ['/timestamp', 'webhook-timestamp'],
  replyWithin: 15,
  docs: 'https://clerk.com/docs/webhooks/overview',
}

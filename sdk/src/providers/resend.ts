import type { Preset } from '../verification/preset.ts'
import { standardSchemes } from './standard-webhooks.ts'

export const resend: Preset = {
  name: 'resend',
  title: 'Resend',
  scheme: standardSchemes.v1,
  id: ['webhook-id'],
  type: ['/type', '/event', '/event_type'],
  at: ['/timestamp', 'webhook-timestamp'],
  replyWithin: 15,
  docs: 'https://resend.com/docs/dashboard/webhooks/introduction',
}

import type { Preset } from '../verification/preset.ts'
import { standardSchemes } from './standard-webhooks.ts'

export const replicate: Preset = {
  name: 'replicate',
  title: 'Replicate',
  scheme: standardSchemes.v1,
  id: ['webhook-id'],
  type: ['/type', '/event', '/event_type'],
  at: ['/timestamp', 'webhook-timestamp'],
  replyWithin: 15,
  docs: 'https://replicate.com/docs/topics/webhooks',
}

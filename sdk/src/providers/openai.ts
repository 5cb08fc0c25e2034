import type { Preset } from '../verification/preset.ts'
import { standardSchemes } from './standard-webhooks.ts'

export const openai: Preset = {
  name: 'openai',
  title: 'OpenAI',
  scheme: standardSchemes.v1,
  id: ['webhook-id'],
  type: ['/type', '/event', '/event_type'],
  at: ['/timestamp', 'webhook-timestamp'],
  replyWithin: 20,
  docs: 'https://platform.openai.com/docs/guides/webhooks',
}

import type { Preset } from '../verification/preset.ts'
import { standardSchemes } from './standard-webhooks.ts'

export const recallAi: Preset = {
  name: 'recall-ai',
  title: 'Recall.ai',
  scheme: standardSchemes.v1,
  id: ['webhook-id'],
  type: ['/type', '/event', '/event_type'],
  at: ['/timestamp', 'webhook-timestamp'],
  replyWithin: 15,
  docs: 'https://docs.recall.ai/docs/webhooks',
}

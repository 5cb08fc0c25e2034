import type { Preset } from '../verification/preset.ts'

export const supabase: Preset = {
  name: 'supabase',
  title: 'Supabase',
  scheme: { kind: 'secret', in: { headers: ['x-webhook-secret'] } },
  chosen: 'place',
  type: [['/table', '/type'], '/type'],
  replyWithin: 10,
  docs: 'https://supabase.com/docs/guides/database/webhooks',
}

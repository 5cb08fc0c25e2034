import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const supabase: Preset = {
  name: 'supabase',
  title: 'Supabase',
  scheme: { kind: 'secret', in: { headers: ['x-webhook-secret'] } },
  chosen: 'place',
  type: [['/table', '/type'], '/type'],
  checkers: { secret: verifySecret },
  replyWithin: 10,
  docs: 'https://supabase.com/docs/guides/database/webhooks',
}

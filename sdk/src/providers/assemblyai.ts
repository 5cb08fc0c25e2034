import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const assemblyai: Preset = {
  name: 'assemblyai',
  title: 'AssemblyAI',
  scheme: { kind: 'secret', in: { headers: ['x-webhook-secret'] } },
  chosen: 'place',
  id: [['/transcript_id', '/status']],
  type: ['/status'],
  checkers: { secret: verifySecret },
  replyWithin: 10,
  docs: 'https://www.assemblyai.com/docs/deployment/webhooks',
}

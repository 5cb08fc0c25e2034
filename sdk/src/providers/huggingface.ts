import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const huggingface: Preset = {
  name: 'huggingface',
  title: 'Hugging Face',
  scheme: { kind: 'secret', in: { headers: ['X-Webhook-Secret'] } },
  type: [['/event/scope', '/event/action']],
  checkers: { secret: verifySecret },
  replyWithin: 30,
  docs: 'https://huggingface.co/docs/hub/webhooks',
}

import type { Preset } from '../verification/preset.ts'

export const huggingface: Preset = {
  name: 'huggingface',
  title: 'Hugging Face',
  scheme: { kind: 'secret', in: { headers: ['X-Webhook-Secret'] } },
  type: [['/event/scope', '/event/action']],
  replyWithin: 30,
  docs: 'https://huggingface.co/docs/hub/webhooks',
}

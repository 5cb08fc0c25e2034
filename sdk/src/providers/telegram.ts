import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const telegram: Preset = {
  name: 'telegram',
  title: 'Telegram',
  scheme: { kind: 'secret', in: { headers: ['X-Telegram-Bot-Api-Secret-Token'] } },
  id: ['/update_id'],
  checkers: { secret: verifySecret },
  replyWithin: 60,
  docs: 'https://core.telegram.org/bots/api#setwebhook',
}

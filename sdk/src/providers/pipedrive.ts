import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const pipedrive: Preset = {
  name: 'pipedrive',
  title: 'Pipedrive',
  scheme: { kind: 'secret', in: { basic: true } },
  id: ['/meta/id'],
  type: [['/meta/entity', '/meta/action'], '/event'],
  at: ['/meta/timestamp'],
  checkers: { secret: verifySecret },
  replyWithin: 10,
  docs: 'https://pipedrive.readme.io/docs/guide-for-webhooks-v2',
}

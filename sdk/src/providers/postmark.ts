import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const postmark: Preset = {
  name: 'postmark',
  title: 'Postmark',
  scheme: { kind: 'secret', in: { basic: true } },
  id: [
    ['/RecordType', '/ID'],
    ['/RecordType', '/MessageID'],
  ],
  type: ['/RecordType'],
  checkers: { secret: verifySecret },
  replyWithin: 30,
  docs: 'https://postmarkapp.com/developer/webhooks/webhooks-overview',
}

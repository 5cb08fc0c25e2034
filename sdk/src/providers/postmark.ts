import type { Preset } from '../verification/preset.ts'

export const postmark: Preset = {
  name: 'postmark',
  title: 'Postmark',
  scheme: { kind: 'secret', in: { basic: true } },
  id: [
    ['/RecordType', '/ID'],
    ['/RecordType', '/MessageID'],
  ],
  type: ['/RecordType'],
  replyWithin: 30,
  docs: 'https://postmarkapp.com/developer/webhooks/webhooks-overview',
}

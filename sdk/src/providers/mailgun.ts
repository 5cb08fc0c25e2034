import type { Preset } from '../verification/preset.ts'
import { mailgunVerifier } from '../verifiers/mailgun.ts'

export const mailgun: Preset = {
  name: 'mailgun',
  title: 'Mailgun',
  scheme: { kind: 'custom', verifier: 'mailgun' },
  verifier: mailgunVerifier,
  id: ['/event-data/id'],
  type: ['/event-data/event'],
  at: ['/event-data/timestamp'],
  replyWithin: 10,
  docs: 'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/',
}

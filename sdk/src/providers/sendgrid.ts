import type { Preset } from '../verification/preset.ts'
import { verifyPublicKey } from '../verification/public-key.ts'

export const sendgrid: Preset = {
  name: 'sendgrid',
  title: 'Twilio SendGrid',
  scheme: {
    kind: 'publicKey',
    algorithm: 'ecdsa-p256',
    signature: { headers: ['X-Twilio-Email-Event-Webhook-Signature'], encoding: 'base64-der' },
    timestamp: {
      from: 'header',
      name: 'X-Twilio-Email-Event-Webhook-Timestamp',
      unit: 's',
      tolerance: null,
    },
    signed: '{t}{body}',
    key: { encoding: 'spki-base64' },
  },
  split: '',
  id: ['/sg_event_id'],
  type: ['/event'],
  at: ['/timestamp'],
  checkers: { publicKey: verifyPublicKey },
  replyWithin: 10,
  docs: 'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
}

import type { Preset } from '../verification/preset.ts'
import { twilioVerifier } from '../verifiers/twilio.ts'

export const twilio: Preset = {
  name: 'twilio',
  title: 'Twilio',
  scheme: { kind: 'custom', verifier: 'twilio' },
  verifier: twilioVerifier,
  id: ['I-Twilio-Idempotency-Token', '/MessageSid', '/CallSid', '/SmsSid', '/Sid'],
  type: ['/EventType', '/MessageStatus', '/CallStatus', '/SmsStatus'],
  answer: { status: 200, headers: { 'content-type': 'text/xml' }, body: '<Response/>' },
  replyWithin: 15,
  docs: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
}

import type { Preset } from '../verification/preset.ts'
import { awsSnsVerifier } from '../verifiers/aws-sns.ts'

export const awsSns: Preset = {
  name: 'aws-sns',
  title: 'Amazon SNS',
  scheme: { kind: 'custom', verifier: 'aws-sns' },
  verifier: awsSnsVerifier,
  id: ['/MessageId'],
  type: ['/Type'],
  at: ['/Timestamp'],
  handshakes: [
    {
      when: { method: 'POST', body: { pointer: '/Type', equals: 'SubscriptionConfirmation' } },
      signature: 'required',
      answer: { status: 200 },
      confirm: {
        url: '{body:/SubscribeURL}',
        pattern:
          '^https://sns\\.[a-z0-9-]{3,}\\.amazonaws\\.com(?:\\.cn)?/\\?Action=ConfirmSubscription&[A-Za-z0-9._~:%&=+/-]+$',
      },
    },
    // Only shown, never followed.
    {
      when: { method: 'POST', body: { pointer: '/Type', equals: 'UnsubscribeConfirmation' } },
      signature: 'required',
      answer: { status: 200 },
    },
  ],
  replyWithin: 15,
  docs: 'https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html',
}

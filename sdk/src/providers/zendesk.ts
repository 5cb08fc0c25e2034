import type { Preset } from '../verification/preset.ts'

export const zendesk: Preset = {
  name: 'zendesk',
  title: 'Zendesk',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['X-Zendesk-Webhook-Signature'] },
    timestamp: {
      from: 'header',
      name: 'X-Zendesk-Webhook-Signature-Timestamp',
      unit: 'iso',
      tolerance: null,
    },
    signed: '{t}{body}',
  },
  id: ['X-Zendesk-Webhook-Invocation-Id'],
  type: ['/type'],
  at: ['/time'],
  // Signs the test calls that Zendesk makes before the webhook exists; text, not base64.
  setupSecret: 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==',
  replyWithin: 10,
  docs: 'https://developer.zendesk.com/documentation/webhooks/',
}

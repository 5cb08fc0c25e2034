import type { Preset } from '../verification/preset.ts'

export const line: Preset = {
  name: 'line',
  title: 'LINE',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['X-Line-Signature'] },
  },
  split: '/events',
  id: ['/webhookEventId'],
  type: ['/type'],
  at: ['/timestamp'],
  replyWithin: 2,
  docs: 'https://developers.line.biz/en/docs/messaging-api/receiving-messages/',
}

import type { Preset } from '../verification/preset.ts'

export const paddle: Preset = {
  name: 'paddle',
  title: 'Paddle',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['Paddle-Signature'], list: { item: ';', pair: '=', field: 'h1' } },
    timestamp: { from: 'list', name: 'ts', unit: 's', tolerance: 5 },
    signed: '{t}:{body}',
  },
  id: ['/event_id'],
  type: ['/event_type'],
  at: ['/occurred_at'],
  replyWithin: 5,
  docs: 'https://developer.paddle.com/webhooks/overview',
}

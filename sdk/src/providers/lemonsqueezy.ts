import type { Preset } from '../verification/preset.ts'

export const lemonsqueezy: Preset = {
  name: 'lemonsqueezy',
  title: 'Lemon Squeezy',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Signature'] },
  },
  type: ['X-Event-Name', '/meta/event_name'],
  replyWithin: 10,
  docs: 'https://docs.lemonsqueezy.com/help/webhooks',
}

import type { Preset } from '../verification/preset.ts'

export const modernTreasury: Preset = {
  name: 'modern-treasury',
  title: 'Modern Treasury',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Signature'] },
  },
  type: [['X-Topic', '/event'], '/event'],
  replyWithin: 10,
  docs: 'https://docs.moderntreasury.com/platform/reference/webhooks',
}

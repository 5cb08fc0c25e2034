import type { Preset } from '../verification/preset.ts'

export const vercel: Preset = {
  name: 'vercel',
  title: 'Vercel',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha1',
    encoding: 'hex',
    signature: { headers: ['x-vercel-signature'] },
  },
  id: ['/id'],
  type: ['/type'],
  at: ['/createdAt'],
  replyWithin: 30,
  docs: 'https://vercel.com/docs/webhooks',
}

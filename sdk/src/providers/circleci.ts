import type { Preset } from '../verification/preset.ts'

export const circleci: Preset = {
  name: 'circleci',
  title: 'CircleCI',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['circleci-signature'], list: { item: ',', pair: '=', field: 'v1' } },
  },
  id: ['/id'],
  type: ['/type'],
  at: ['/happened_at'],
  replyWithin: 5,
  docs: 'https://circleci.com/docs/guides/integration/webhooks/',
}

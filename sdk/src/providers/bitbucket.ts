import type { Preset } from '../verification/preset.ts'

export const bitbucket: Preset = {
  name: 'bitbucket',
  title: 'Bitbucket',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Hub-Signature'], prefix: 'sha256=' },
  },
  id: ['X-Request-UUID'],
  type: ['X-Event-Key'],
  replyWithin: 10,
  docs: 'https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/',
}

import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const buildkite: Preset = {
  name: 'buildkite',
  title: 'Buildkite',
  scheme: {
    signature: {
      kind: 'hmac',
      algorithm: 'sha256',
      encoding: 'hex',
      signature: {
        headers: ['X-Buildkite-Signature'],
        list: { item: ',', pair: '=', field: 'signature' },
      },
      timestamp: { from: 'list', name: 'timestamp', unit: 's', tolerance: 300 },
      signed: '{t}.{body}',
    },
    token: { kind: 'secret', in: { headers: ['X-Buildkite-Token'] } },
  },
  id: ['X-Buildkite-Request'],
  type: ['X-Buildkite-Event', '/event'],
  checkers: { secret: verifySecret },
  replyWithin: 30,
  docs: 'https://buildkite.com/docs/apis/webhooks',
}

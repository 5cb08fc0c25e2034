import { verifyJwt } from '../verification/jwt.ts'
import type { Preset } from '../verification/preset.ts'

export const vonage: Preset = {
  name: 'vonage',
  title: 'Vonage',
  scheme: {
    kind: 'jwt',
    in: { headers: ['Authorization'] },
    algorithms: ['HS256'],
    bodyClaim: { name: 'payload_hash', encoding: 'hex' },
  },
  id: ['/message_uuid', '/uuid'],
  type: ['/status', '/channel'],
  at: ['/timestamp'],
  checkers: { jwt: verifyJwt },
  replyWithin: 15,
  docs: 'https://developer.vonage.com/en/getting-started/concepts/webhooks',
}

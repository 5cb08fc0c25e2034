import { verifyJwt } from '../verification/jwt.ts'
import type { Preset } from '../verification/preset.ts'

export const bird: Preset = {
  name: 'bird',
  title: 'Bird (MessageBird)',
  scheme: {
    kind: 'jwt',
    in: { headers: ['MessageBird-Signature-JWT'] },
    algorithms: ['HS256'],
    bodyClaim: { name: 'payload_hash', encoding: 'hex' },
    urlClaim: 'url_hash',
  },
  id: ['/id'],
  type: ['/type', '/event'],
  checkers: { jwt: verifyJwt },
  replyWithin: 10,
  docs: 'https://developers.messagebird.com/api/#verifying-http-requests',
}

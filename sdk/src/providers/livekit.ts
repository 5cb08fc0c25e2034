import { verifyJwt } from '../verification/jwt.ts'
import type { Preset } from '../verification/preset.ts'

export const livekit: Preset = {
  name: 'livekit',
  title: 'LiveKit',
  scheme: {
    kind: 'jwt',
    in: { headers: ['Authorization'] },
    algorithms: ['HS256'],
    bodyClaim: { name: 'sha256', encoding: 'base64' },
  },
  id: ['/id'],
  type: ['/event'],
  at: ['/createdAt'],
  checkers: { jwt: verifyJwt },
  replyWithin: 10,
  docs: 'https://docs.livekit.io/home/server/webhooks/',
}

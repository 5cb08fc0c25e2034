import { verifyJwt } from '../verification/jwt.ts'
import type { Preset } from '../verification/preset.ts'

export const fusionauth: Preset = {
  name: 'fusionauth',
  title: 'FusionAuth',
  scheme: {
    hmac: {
      kind: 'jwt',
      in: { headers: ['X-FusionAuth-Signature-JWT'] },
      algorithms: ['HS256'],
      bodyClaim: { name: 'request_body_sha256', encoding: 'base64' },
    },
    rsa: {
      kind: 'jwt',
      in: { headers: ['X-FusionAuth-Signature-JWT'] },
      algorithms: ['RS256'],
      bodyClaim: { name: 'request_body_sha256', encoding: 'base64' },
    },
  },
  id: ['/event/id'],
  type: ['/event/type'],
  at: ['/event/createInstant'],
  checkers: { jwt: verifyJwt },
  replyWithin: 10,
  docs: 'https://fusionauth.io/docs/extend/events-and-webhooks/signing',
}

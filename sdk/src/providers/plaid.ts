import { verifyJwt } from '../verification/jwt.ts'
import type { Preset } from '../verification/preset.ts'

export const plaid: Preset = {
  name: 'plaid',
  title: 'Plaid',
  scheme: {
    kind: 'jwt',
    in: { headers: ['Plaid-Verification'] },
    algorithms: ['ES256'],
    bodyClaim: { name: 'request_body_sha256', encoding: 'hex' },
    maxAge: 300,
    keyFrom: 'provider',
  },
  type: [['/webhook_type', '/webhook_code']],
  checkers: { jwt: verifyJwt },
  replyWithin: 10,
  docs: 'https://plaid.com/docs/api/webhooks/webhook-verification/',
}

import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const auth0: Preset = {
  name: 'auth0',
  title: 'Auth0',
  scheme: { kind: 'secret', in: { headers: ['Authorization'] }, scheme: 'bearer' },
  id: ['/log_id'],
  type: ['/data/type'],
  at: ['/data/date'],
  checkers: { secret: verifySecret },
  replyWithin: 10,
  docs: 'https://auth0.com/docs/customize/log-streams/custom-log-streams',
}

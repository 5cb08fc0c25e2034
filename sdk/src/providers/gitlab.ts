import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'
import { standardSchemes } from './standard-webhooks.ts'

export const gitlab: Preset = {
  name: 'gitlab',
  title: 'GitLab',
  scheme: {
    'signing-token': standardSchemes.v1,
    'legacy-token': { kind: 'secret', in: { headers: ['X-Gitlab-Token'] } },
  },
  id: ['webhook-id', 'Idempotency-Key', 'X-Gitlab-Event-UUID'],
  type: ['X-Gitlab-Event'],
  at: ['webhook-timestamp'],
  checkers: { secret: verifySecret },
  replyWithin: 10,
  docs: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
}

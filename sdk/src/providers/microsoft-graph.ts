import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const microsoftGraph: Preset = {
  name: 'microsoft-graph',
  title: 'Microsoft Graph',
  scheme: { kind: 'secret', in: { body: '/value/*/clientState' } },
  split: '/value',
  id: ['/id', ['/subscriptionId', '/resource', '/changeType']],
  type: ['/changeType', '/lifecycleEvent'],
  handshakes: [
    {
      when: { method: 'POST', query: ['validationToken'] },
      signature: 'none',
      answer: { status: 200, type: 'text/plain', text: '{query:validationToken}' },
    },
  ],
  answer: { status: 202 },
  checkers: { secret: verifySecret },
  replyWithin: 3,
  docs: 'https://learn.microsoft.com/graph/change-notifications-delivery-webhooks',
}

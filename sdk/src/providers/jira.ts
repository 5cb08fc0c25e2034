import type { Preset } from '../verification/preset.ts'

export const jira: Preset = {
  name: 'jira',
  title: 'Jira',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Hub-Signature'], prefix: 'sha256=' },
  },
  id: ['X-Atlassian-Webhook-Identifier'],
  type: ['/webhookEvent'],
  at: ['/timestamp'],
  replyWithin: 10,
  docs: 'https://developer.atlassian.com/cloud/jira/platform/webhooks/',
}

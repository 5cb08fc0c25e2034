import type { Preset } from '../verification/preset.ts'

export const microsoftTeams: Preset = {
  name: 'microsoft-teams',
  title: 'Microsoft Teams (outgoing webhook)',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['Authorization'], prefix: 'HMAC ' },
    key: { encoding: 'base64' },
  },
  id: ['/id'],
  type: ['/type'],
  at: ['/timestamp'],
  replyWithin: 5,
  docs: 'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook',
}

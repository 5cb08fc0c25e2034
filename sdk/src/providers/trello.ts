import type { Preset } from '../verification/preset.ts'

export const trello: Preset = {
  name: 'trello',
  title: 'Trello',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha1',
    encoding: 'base64',
    signature: { headers: ['X-Trello-Webhook'] },
    signed: '{body}{url}',
  },
  id: ['/action/id'],
  type: ['/action/type'],
  at: ['/action/date'],
  handshakes: [{ when: { method: 'HEAD' }, signature: 'none', answer: { status: 200 } }],
  replyWithin: 30,
  docs: 'https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/',
}

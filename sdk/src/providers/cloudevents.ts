import type { Preset } from '../verification/preset.ts'
import { verifySecret } from '../verification/shared-secret.ts'

export const cloudevents: Preset = {
  name: 'cloudevents',
  title: 'CloudEvents',
  scheme: {
    kind: 'secret',
    in: { headers: ['Authorization'], query: 'access_token' },
    scheme: 'bearer',
  },
  redactQuery: ['access_token'],
  id: [
    ['ce-source', 'ce-id'],
    ['/source', '/id'],
  ],
  type: ['ce-type', '/type'],
  at: ['ce-time', '/time'],
  handshakes: [
    {
      when: { method: 'OPTIONS', header: 'WebHook-Request-Origin' },
      signature: 'none',
      origin: { header: 'WebHook-Request-Origin' },
      answer: {
        status: 200,
        headers: {
          'WebHook-Allowed-Origin': '{header:WebHook-Request-Origin}',
          'WebHook-Allowed-Rate': '{header:WebHook-Request-Rate|*}',
          Allow: 'POST',
        },
      },
    },
  ],
  answer: { status: 202 },
  checkers: { secret: verifySecret },
  replyWithin: 15,
  docs: 'https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md',
}

import type { Preset } from '../verification/preset.ts'

export const intercom: Preset = {
  name: 'intercom',
  title: 'Intercom',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha1',
    encoding: 'hex',
    signature: { headers: ['X-Hub-Signature'], prefix: 'sha1=' },
  },
  id: ['/id'],
  type: ['/topic'],
  at: ['/created_at'],
  handshakes: [
    { when: { method: 'HEAD' }, signature: 'none', answer: { status: 200 } },
    {
      when: { method: 'POST', body: { pointer: '/topic', equals: 'ping' } },
      signature: 'required',
      answer: { status: 200 },
    },
  ],
  replyWithin: 5,
  docs: 'https://developers.intercom.com/docs/webhooks',
}

import type { Preset } from '../verification/preset.ts'

export const notion: Preset = {
  name: 'notion',
  title: 'Notion',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Notion-Signature'], prefix: 'sha256=' },
    anyCase: true,
  },
  id: ['/id'],
  type: ['/type'],
  at: ['/timestamp'],
  handshakes: [
    {
      when: { method: 'POST', body: { pointer: '/verification_token' } },
      signature: 'none',
      answer: { status: 200 },
      capture: { from: '{body:/verification_token}', as: 'secret', once: true },
    },
  ],
  replyWithin: 10,
  docs: 'https://developers.notion.com/reference/webhooks',
}

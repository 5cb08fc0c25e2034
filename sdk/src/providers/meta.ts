import type { Preset } from '../verification/preset.ts'

export const meta: Preset = {
  name: 'meta',
  title: 'Meta (WhatsApp, Instagram, Messenger)',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Hub-Signature-256'], prefix: 'sha256=' },
  },
  // `/entry/0/id` is the account, not the event.
  id: ['/entry/0/changes/0/value/messages/0/id', '/entry/0/messaging/0/message/mid'],
  type: ['/object'],
  at: ['/entry/0/time'],
  handshakes: [
    {
      when: { method: 'GET', query: ['hub.mode=subscribe', 'hub.verify_token', 'hub.challenge'] },
      signature: 'none',
      check: { query: 'hub.verify_token', equals: 'verifyToken' },
      answer: { status: 200, type: 'text/plain', text: '{query:hub.challenge}' },
      otherwise: { status: 403 },
    },
  ],
  replyWithin: 10,
  docs: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started',
}

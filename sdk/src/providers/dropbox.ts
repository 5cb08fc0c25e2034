import type { Preset } from '../verification/preset.ts'

export const dropbox: Preset = {
  name: 'dropbox',
  title: 'Dropbox',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Dropbox-Signature'] },
  },
  // Says only that something changed, often in the same bytes.
  dedupe: 'none',
  handshakes: [
    {
      when: { method: 'GET', query: ['challenge'] },
      signature: 'none',
      answer: { status: 200, type: 'text/plain', text: '{query:challenge}' },
    },
  ],
  replyWithin: 10,
  docs: 'https://www.dropbox.com/developers/reference/webhooks',
}

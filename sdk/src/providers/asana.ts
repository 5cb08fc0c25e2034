import type { Preset } from '../verification/preset.ts'

export const asana: Preset = {
  name: 'asana',
  title: 'Asana',
  scheme: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { headers: ['X-Hook-Signature'] },
  },
  // Asana names its secret in the handshake; it is stored once.
  handshakes: [
    {
      when: { method: 'POST', header: 'X-Hook-Secret' },
      signature: 'none',
      answer: { status: 200, headers: { 'X-Hook-Secret': '{header:X-Hook-Secret}' } },
      capture: { from: '{header:X-Hook-Secret}', as: 'secret', once: true },
    },
  ],
  replyWithin: 10,
  docs: 'https://developers.asana.com/docs/webhooks-guide',
}

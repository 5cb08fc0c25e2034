import type { Preset } from '../verification/preset.ts'
import { verifyPublicKey } from '../verification/public-key.ts'

export const discord: Preset = {
  name: 'discord',
  title: 'Discord',
  scheme: {
    kind: 'publicKey',
    algorithm: 'ed25519',
    signature: { headers: ['X-Signature-Ed25519'], encoding: 'hex' },
    timestamp: { from: 'header', name: 'X-Signature-Timestamp', unit: 's', tolerance: null },
    signed: '{t}{body}',
    key: { encoding: 'raw-hex' },
  },
  id: ['/id'],
  type: ['/event/type', '/type'],
  at: ['/event/timestamp'],
  // Discord probes with bad signatures and wants 401.
  handshakes: [
    {
      when: { method: 'POST', body: { pointer: '/type', equals: 1 } },
      signature: 'required',
      answer: { status: 200, type: 'application/json', json: { type: 1 } },
    },
    {
      when: { method: 'POST', body: { pointer: '/type', equals: 0 } },
      signature: 'required',
      answer: { status: 204 },
    },
  ],
  answer: { status: 204 },
  checkers: { publicKey: verifyPublicKey },
  replyWithin: 3,
  docs: 'https://docs.discord.com/developers/events/webhook-events',
}

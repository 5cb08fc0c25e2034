import type { Preset } from '../verification/preset.ts'
import { verifyPublicKey } from '../verification/public-key.ts'

export const telnyx: Preset = {
  name: 'telnyx',
  title: 'Telnyx',
  scheme: {
    kind: 'publicKey',
    algorithm: 'ed25519',
    signature: { headers: ['telnyx-signature-ed25519'], encoding: 'base64' },
    timestamp: { from: 'header', name: 'telnyx-timestamp', unit: 's', tolerance: 300 },
    signed: '{t}|{body}',
    key: { encoding: 'raw-base64' },
  },
  id: ['/data/id'],
  type: ['/data/event_type'],
  at: ['/data/occurred_at'],
  checkers: { publicKey: verifyPublicKey },
  replyWithin: 2,
  docs: 'https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks',
}

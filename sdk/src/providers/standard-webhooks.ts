import type { Preset } from '../verification/preset.ts'
import { verifyPublicKey } from '../verification/public-key.ts'
import type { Scheme } from '../verification/scheme.ts'

const signed = {
  timestamp: { from: 'header', name: 'webhook-timestamp', unit: 's', tolerance: 300 },
  signed: '{h:webhook-id}.{t}.{body}',
  families: ['webhook-', 'svix-'],
  plainHeaders: true,
} as const

/** The public key is a variant of its own: a source takes one of them and never the other. */
export const standardSchemes = {
  v1: {
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { headers: ['webhook-signature'], list: { item: ' ', pair: ',', field: 'v1' } },
    ...signed,
    families: [...signed.families],
    key: { encoding: 'base64', stripPrefix: 'whsec_', minBytes: 24, maxBytes: 64 },
  },
  v1a: {
    kind: 'publicKey',
    algorithm: 'ed25519',
    signature: {
      headers: ['webhook-signature'],
      encoding: 'base64',
      list: { item: ' ', pair: ',', field: 'v1a' },
    },
    ...signed,
    families: [...signed.families],
    key: { encoding: 'raw-base64', stripPrefix: 'whpk_' },
  },
} satisfies Record<string, Scheme>

export const standardWebhooks: Preset = {
  name: 'standard-webhooks',
  title: 'Standard Webhooks',
  scheme: standardSchemes,
  id: ['webhook-id'],
  type: ['/type', '/event', '/event_type'],
  at: ['/timestamp', 'webhook-timestamp'],
  checkers: { publicKey: verifyPublicKey },
  replyWithin: 15,
  docs: 'https://www.standardwebhooks.com',
}

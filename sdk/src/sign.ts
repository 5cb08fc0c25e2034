import { WebhookVerificationError } from './errors.ts'
import { parseSecret } from './secret.ts'
import { createSignature, signedContent } from './signature.ts'

export type SignInput = {
  /** The message's id: the same on every attempt; 1–256 of `[A-Za-z0-9_-]`. */
  id: string
  /** When this attempt is made: a Date (cut to seconds) or whole Unix seconds. */
  timestamp: Date | number
  /** Exactly the bytes that will be sent. */
  payload: string | Uint8Array
  /** The current secret first, then old ones in grace; `whsec_…` gives v1, `whsk_…` v1a. */
  secrets: string[]
}

export type SignedHeaders = {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

// Year 5138. A larger number is milliseconds, a mistake no receiver would forgive.
const MAX_SECONDS = 100_000_000_000

/**
 * The headers that prove who sent a payload: one signature per secret, in the order given.
 * Throws `WebhookVerificationError` with `bad_id`, `bad_timestamp` or `bad_secret`.
 *
 * Source: Standard Webhooks 1.0.0, "Signature scheme" and "Webhook headers".
 */
export async function sign({ id, timestamp, payload, secrets }: SignInput): Promise<SignedHeaders> {
  if (secrets.length === 0) {
    throw new WebhookVerificationError('bad_secret', 'Give at least one secret to sign with.')
  }
  const seconds = toSeconds(timestamp)
  const content = signedContent(id, seconds, payload)
  const signatures = await Promise.all(
    secrets.map(async (secret) => createSignature(await parseSecret(secret), content)),
  )
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': signatures.join(' '),
  }
}

function toSeconds(timestamp: Date | number): string {
  const seconds = timestamp instanceof Date ? Math.floor(timestamp.getTime() / 1000) : timestamp
  if (Number.isInteger(seconds) && seconds >= 0 && seconds < MAX_SECONDS) return String(seconds)
  throw new WebhookVerificationError(
    'bad_timestamp',
    `The timestamp must be a valid Date or whole Unix seconds, not ${seconds}.`,
  )
}

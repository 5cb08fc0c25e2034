import { WebhookVerificationError } from './errors.ts'
import { readHeaders, type WebhookHeaders } from './headers.ts'
import { parseSecret } from './secret.ts'
import { hasSignature, signedContent } from './signature.ts'

export type VerifyOptions = {
  /** How far the sender's clock may be from ours, either way. Default 300. */
  toleranceSeconds?: number
  /** Default: the time of the call. */
  now?: Date
}

/** What a right signature vouches for beside the body. */
export type Verified = {
  /** The same on every attempt: keep it to drop duplicates. */
  id: string
  /** When the sender made this attempt. */
  timestamp: Date
}

const TOLERANCE_SECONDS = 300

/**
 * Verifies a webhook and gives its body, parsed as JSON.
 *
 * `payload` is the raw body: bytes, or the text as it came, never a parsed and re-serialized
 * object. `secret` is `whsec_…` or bare base64 (HMAC-SHA256), `whpk_…` or `whsk_…` (Ed25519); give
 * several while a secret is being rotated. Headers may be named `webhook-*` or `svix-*`.
 *
 * Throws `WebhookVerificationError`, its `code` says why: see `WebhookErrorCode`. A secret that
 * can't be decoded throws, even beside one that would match.
 *
 * Source: Standard Webhooks 1.0.0, "Verifying signatures".
 */
export async function verify(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | string[],
  options: VerifyOptions = {},
): Promise<unknown> {
  await verifySignature(payload, headers, secret, options)
  try {
    return JSON.parse(typeof payload === 'string' ? payload : decodeUtf8(payload))
  } catch (cause) {
    const message = 'The signature is right, but the body is no JSON. Use verifySignature().'
    throw new WebhookVerificationError('body_not_json', message, { cause })
  }
}

/** `verify` for Fetch handlers: reads the request's body, which must not be consumed yet. */
export async function verifyRequest(
  request: Request,
  secret: string | string[],
  options: VerifyOptions = {},
): Promise<unknown> {
  if (request.bodyUsed) throw notRaw('The body of the request was read before.')
  return await verify(new Uint8Array(await request.arrayBuffer()), request.headers, secret, options)
}

/** `verify` for bodies that are not JSON, and for the message's id: nothing is parsed. */
export async function verifySignature(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | string[],
  options: VerifyOptions = {},
): Promise<Verified> {
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw notRaw('The payload is neither text nor bytes.')
  }
  // Our own mistakes come before the sender's, so that they show on the first request.
  const secrets = await parseSecrets(secret)
  const { id, timestamp, signature } = readHeaders(headers)
  const seconds = parseTimestamp(timestamp, options)
  const content = signedContent(id, timestamp, payload)
  for (const candidate of secrets) {
    if (await hasSignature(signature, { secret: candidate, content })) {
      return { id, timestamp: new Date(seconds * 1000) }
    }
  }
  throw new WebhookVerificationError(
    'no_matching_signature',
    'No signature matches. Is the secret this endpoint’s, and the body exactly as it came?',
  )
}

async function parseSecrets(secret: string | string[]) {
  const secrets = Array.isArray(secret) ? secret : [secret]
  if (secrets.length > 0) return await Promise.all(secrets.map(parseSecret))
  throw new WebhookVerificationError('bad_secret', 'Give at least one secret to verify with.')
}

function parseTimestamp(header: string, options: VerifyOptions): number {
  const { toleranceSeconds = TOLERANCE_SECONDS, now = new Date() } = options
  // Comparisons with NaN are false, which would let any time pass.
  if (!(Number.isFinite(toleranceSeconds) && toleranceSeconds >= 0)) {
    throw new RangeError(`toleranceSeconds must be 0 or more, not ${toleranceSeconds}.`)
  }
  if (Number.isNaN(now.getTime())) throw new RangeError('now must be a valid Date.')

  if (!/^[0-9]{1,12}$/.test(header)) {
    const message = 'The header webhook-timestamp is not whole Unix seconds.'
    throw new WebhookVerificationError('bad_timestamp', message)
  }
  const seconds = Number(header)
  const age = Math.floor(now.getTime() / 1000) - seconds
  if (age > toleranceSeconds) {
    const message = `The webhook was sent ${age} s ago; ${toleranceSeconds} s are allowed.`
    throw new WebhookVerificationError('timestamp_too_old', message)
  }
  if (-age > toleranceSeconds) {
    const message = `The webhook is ${-age} s ahead of our clock; ${toleranceSeconds} s are allowed.`
    throw new WebhookVerificationError('timestamp_too_new', message)
  }
  return seconds
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

function notRaw(problem: string) {
  const cure = 'Take the raw body: express.raw(), or read the request before any JSON parser does.'
  return new WebhookVerificationError('body_not_raw', `${problem} ${cure}`)
}

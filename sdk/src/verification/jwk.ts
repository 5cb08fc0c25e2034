// Public keys as JSON: one JSON Web Key, or a set of them (RFC 7517), as whoever set this up copied them.
import type { JwtScheme } from './scheme.ts'
import type { PublicJwk } from './verifier.ts'
import { WebhookError } from './webhook-error.ts'

const MAX_KEYS = 16
const COORDINATE = /^[A-Za-z0-9_-]{43}$/
const MODULUS = /^[A-Za-z0-9_-]{171,1366}$/

/** Throws `secret_missing` for text that holds none. */
export function parseJwks(text: string): PublicJwk[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The cause would quote the text.
    throw missing('The key is not JSON')
  }
  const keys =
    isObject(value) && Array.isArray(value['keys']) ? (value['keys'] as unknown[]) : [value]
  if (keys.length === 0 || keys.length > MAX_KEYS) {
    throw missing(`The set holds ${keys.length} keys, not 1–${MAX_KEYS}`)
  }
  if (!keys.every(isObject)) throw missing('The key is not a JSON Web Key')
  return keys
}

/** Throws `secret_missing` for keys that could never verify a token of this scheme. */
export function assertJwks(text: string, { algorithms: [algorithm], keyFrom }: JwtScheme) {
  for (const { kty, crv, x, y, n, e, kid } of parseJwks(text)) {
    const fits =
      algorithm === 'ES256'
        ? kty === 'EC' && crv === 'P-256' && matches(COORDINATE, x) && matches(COORDINATE, y)
        : kty === 'RSA' && matches(MODULUS, n) && typeof e === 'string'
    if (!fits) throw missing(`The key is none for ${algorithm}`)
    if (keyFrom === 'provider' && typeof kid !== 'string') {
      throw missing('The key has no `kid`, by which tokens name it')
    }
  }
}

const matches = (pattern: RegExp, value: unknown) =>
  typeof value === 'string' && pattern.test(value)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const missing = (problem: string) =>
  new WebhookError('secret_missing', `${problem}. Give a JSON Web Key, or a set of them.`)

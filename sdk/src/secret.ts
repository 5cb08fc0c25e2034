import { decodeBase64, encodeBase64 } from './base64.ts'
import { WebhookVerificationError } from './errors.ts'

/** A decoded secret: what it can do follows from its kind. */
export type Secret =
  /** `whsec_…`: signs and verifies `v1`. */
  | { kind: 'symmetric'; key: Uint8Array }
  /** `whsk_…`: signs and verifies `v1a`. */
  | { kind: 'private'; seed: Uint8Array; publicKey: Uint8Array }
  /** `whpk_…`: verifies `v1a`. */
  | { kind: 'public'; publicKey: Uint8Array }

const SYMMETRIC_MIN_BYTES = 24
const SYMMETRIC_MAX_BYTES = 75
const SEED_BYTES = 32
const PUBLIC_KEY_BYTES = 32

// RFC 8410 §7: what stands before the 32 bytes of the seed in a PKCS #8 private key.
const PKCS8_PREFIX = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32]

/**
 * Decodes a secret strictly: `whsec_` or nothing + base64 of 24–75 bytes; `whsk_` + base64 of 64
 * bytes, Ed25519 seed then public key, which must belong together; `whpk_` + base64 of the 32
 * public bytes. Anything else throws `bad_secret`, and no message repeats the secret.
 *
 * Source: Standard Webhooks 1.0.0, "Signature scheme", row "Secret serialization".
 */
export async function parseSecret(secret: string): Promise<Secret> {
  if (typeof secret !== 'string' || secret === '') throw bad('The secret is empty.')
  if (secret.startsWith('whsk_')) return parsePrivate(decode(secret.slice(5)))
  if (secret.startsWith('whpk_')) return parsePublic(decode(secret.slice(5)))
  return parseSymmetric(decode(secret.startsWith('whsec_') ? secret.slice(6) : secret))
}

/** The WebCrypto key that makes `v1a` signatures from a 32-byte seed. */
export async function importPrivateKey(seed: Uint8Array) {
  return await crypto.subtle
    .importKey('pkcs8', new Uint8Array([...PKCS8_PREFIX, ...seed]), 'Ed25519', true, ['sign'])
    .catch(cannotImport)
}

/** The WebCrypto key that checks `v1a` signatures. */
export async function importPublicKey(publicKey: Uint8Array) {
  return await crypto.subtle
    .importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify'])
    .catch(cannotImport)
}

function parseSymmetric(key: Uint8Array): Secret {
  if (key.length < SYMMETRIC_MIN_BYTES || key.length > SYMMETRIC_MAX_BYTES) {
    throw bad(`A whsec_ secret holds 24–75 bytes; this one holds ${key.length}.`)
  }
  return { kind: 'symmetric', key }
}

async function parsePrivate(bytes: Uint8Array): Promise<Secret> {
  if (bytes.length !== SEED_BYTES + PUBLIC_KEY_BYTES) {
    throw bad(`A whsk_ secret holds 64 bytes; this one holds ${bytes.length}.`)
  }
  const seed = bytes.slice(0, SEED_BYTES)
  const publicKey = bytes.slice(SEED_BYTES)
  // A wrong half would go unnoticed here and make every receiver refuse what we sign.
  const { x } = await crypto.subtle.exportKey('jwk', await importPrivateKey(seed))
  if (x !== toBase64Url(publicKey)) throw bad('The halves of the whsk_ secret are no key pair.')
  return { kind: 'private', seed, publicKey }
}

function parsePublic(publicKey: Uint8Array): Secret {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw bad(`A whpk_ key holds 32 bytes; this one holds ${publicKey.length}.`)
  }
  return { kind: 'public', publicKey }
}

function decode(text: string): Uint8Array {
  const bytes = decodeBase64(text)
  if (bytes) return bytes
  throw bad(
    'The secret is not whsec_, whsk_ or whpk_ followed by padded standard base64. ' +
      'Look for a cut end, a space or a line break.',
  )
}

function toBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function cannotImport(cause: unknown): never {
  const message = 'WebCrypto refused the Ed25519 key: wrong key, or no Ed25519 on this platform.'
  throw new WebhookVerificationError('bad_secret', message, { cause })
}

function bad(message: string) {
  return new WebhookVerificationError('bad_secret', message)
}

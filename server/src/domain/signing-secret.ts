import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'

/** A key that signs deliveries. `text` is the secret as its owner knows it (`whsec_…`, `whsk_…`). */
export type SigningSecret = { kind: 'hmac' | 'ed25519'; text: string }

const GENERATED_BYTES = 24
const MIN_BYTES = 24
const MAX_BYTES = 75

/** The DER wrapping of a raw Ed25519 seed (RFC 8410 §7): Node takes keys only as documents. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

export function generateSecret(kind: SigningSecret['kind'] = 'hmac'): SigningSecret {
  if (kind === 'hmac') {
    return { kind, text: `whsec_${randomBytes(GENERATED_BYTES).toString('base64')}` }
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  return { kind, text: `whsk_${Buffer.concat([seed, point]).toString('base64')}` }
}

/** The secret in `text`, or the sentence that says what is wrong with it. */
export function parseSecret(text: string): SigningSecret | { problem: string } {
  if (text.startsWith('whsk_')) return parseAsymmetric(text)
  const encoded = text.startsWith('whsec_') ? text.slice('whsec_'.length) : text
  const bytes = decodeStrictly(encoded)
  if (bytes === null) {
    return { problem: 'must be `whsec_` or `whsk_` followed by standard base64' }
  }
  if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
    return {
      problem: `must hold ${MIN_BYTES} to ${MAX_BYTES} bytes, this one holds ${bytes.length}`,
    }
  }
  return { kind: 'hmac', text: `whsec_${encoded}` }
}

function parseAsymmetric(text: string): SigningSecret | { problem: string } {
  const bytes = decodeStrictly(text.slice('whsk_'.length))
  if (bytes === null || bytes.length !== 64) {
    return {
      problem: 'must be `whsk_` followed by base64 of 64 bytes (Ed25519 seed and public key)',
    }
  }
  const derived = createPublicKey(privateKeyOf(bytes)).export({ format: 'der', type: 'spki' })
  if (!derived.subarray(-32).equals(bytes.subarray(32))) {
    return { problem: 'the public half of this `whsk_` key does not belong to its seed' }
  }
  return { kind: 'ed25519', text }
}

/** What the owner may read: the secret itself, but of an Ed25519 key only the public half. */
export function shownSecret({ kind, text }: SigningSecret): string {
  if (kind === 'hmac') return text
  return `whpk_${keyBytes({ kind, text }).subarray(32).toString('base64')}`
}

export function keyBytes({ text }: SigningSecret): Buffer {
  return Buffer.from(text.slice(text.indexOf('_') + 1), 'base64')
}

export function privateKeyOf(seedAndPublic: Buffer) {
  const key = Buffer.concat([PKCS8_PREFIX, seedAndPublic.subarray(0, 32)])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** Node's own decoder takes `-`, `_` and junk, so that `hwsec_…` would slip through. */
function decodeStrictly(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64') === text ? bytes : null
}

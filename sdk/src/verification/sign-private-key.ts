import { type Bytes, decodeBytes, encodeBytes } from './encoding.ts'
import { KEY_ALGORITHMS } from './key-algorithms.ts'
import type { PublicKeyScheme } from './scheme.ts'
import { WebhookError } from './webhook-error.ts'

// RFC 8410 §7: what stands before the 32 bytes of an Ed25519 seed in PKCS #8.
const SEED_PREFIX = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32]
const SEED_BYTES = 32

export async function signWithPrivateKey(
  bytes: Bytes,
  secret: string,
  { algorithm, signature }: PublicKeyScheme,
): Promise<string> {
  const parameters = KEY_ALGORITHMS[algorithm]
  const pkcs8 = privateBytes(secret)
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, parameters, false, ['sign'])
  const raw = new Uint8Array(await crypto.subtle.sign(parameters, key, bytes))
  if (signature.encoding === 'base64-der') return encodeBytes(rawToDer(raw), 'base64')
  return encodeBytes(raw, signature.encoding)
}

function privateBytes(secret: string): Bytes {
  const bare = secret.replace(/^whsk_/, '').replace(/-----(?:BEGIN|END) PRIVATE KEY-----|\s+/g, '')
  const bytes = /^[0-9a-f]{64}$/i.test(bare)
    ? decodeBytes(bare, 'hex')
    : decodeBytes(bare, 'base64')
  if (bytes === null) throw new WebhookError('secret_missing', 'The private key cannot be read.')
  // A whsk_ key holds the seed and then the public half.
  if (bytes.length !== SEED_BYTES && !secret.startsWith('whsk_')) return bytes
  return new Uint8Array([...SEED_PREFIX, ...bytes.subarray(0, SEED_BYTES)])
}

/** r‖s as two INTEGERs in a SEQUENCE. */
function rawToDer(raw: Bytes): Bytes {
  const numbers = [raw.subarray(0, 32), raw.subarray(32)].flatMap(toInteger)
  return new Uint8Array([0x30, numbers.length, ...numbers])
}

function toInteger(bytes: Uint8Array): number[] {
  const start = bytes.findIndex((byte) => byte !== 0)
  const minimal = [...bytes.subarray(start < 0 ? bytes.length - 1 : start)]
  const positive = minimal[0]! >= 0x80 ? [0, ...minimal] : minimal
  return [0x02, positive.length, ...positive]
}

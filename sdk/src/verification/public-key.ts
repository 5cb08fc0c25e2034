import { readCandidates } from './candidates.ts'
import { type Bytes, decodeBytes } from './encoding.ts'
import { KEY_ALGORITHMS } from './key-algorithms.ts'
import type { InboundRequest } from './request.ts'
import type { PublicKeyScheme } from './scheme.ts'
import { inFamily, readSigned } from './signed-content.ts'
import type { ActiveSecret, Checked } from './verifier.ts'
import { WebhookError } from './webhook-error.ts'

const MAX_CANDIDATES = 16

type Algorithm = PublicKeyScheme['algorithm']
export type PublicKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>
type Given = { secrets: ActiveSecret[]; url: string | null; now: Date }

export async function verifyPublicKey(
  given: InboundRequest,
  scheme: PublicKeyScheme,
  { secrets, url, now }: Given,
): Promise<Checked> {
  const request = inFamily(given, scheme)
  const { signature } = scheme
  const keys = await importKeys(secrets, scheme)
  const { texts, fields } = readCandidates(request, signature)
  const candidates = texts.slice(0, MAX_CANDIDATES).flatMap((text) => {
    const bytes = decodeSignature(text, signature.encoding)
    return bytes === null ? [] : [bytes]
  })
  const content = readSigned(request, scheme, { fields, url })
  if (candidates.length === 0) {
    throw new WebhookError(
      'signature_malformed',
      `No signature is written as ${signature.encoding}.`,
    )
  }
  for (const { key, index } of keys) {
    for (const candidate of candidates) {
      if (
        !(await isSignature(scheme.algorithm, key, { signature: candidate, bytes: content.bytes }))
      )
        continue
      const { bodyAuthenticated } = content
      return { secretIndex: index, skewSeconds: content.assertFresh(now), bodyAuthenticated }
    }
  }
  throw new WebhookError('signature_mismatch', 'No signature matches with any of the keys.')
}

export async function isSignature(
  algorithm: Algorithm,
  key: PublicKey,
  { signature, bytes }: { signature: Bytes; bytes: Bytes },
): Promise<boolean> {
  return await crypto.subtle.verify(KEY_ALGORITHMS[algorithm], key, signature, bytes)
}

const importKeys = async (secrets: ActiveSecret[], scheme: PublicKeyScheme) =>
  await Promise.all(
    secrets.map(async ({ secret, index }) => ({ index, key: await importText(secret, scheme) })),
  )

async function importText(secret: string, { key, algorithm }: PublicKeyScheme): Promise<PublicKey> {
  const bytes = keyBytes(secret, key)
  const format = key.encoding.startsWith('raw') ? 'raw' : 'spki'
  return await importPublic(algorithm, format, bytes)
}

export async function importPublic(algorithm: Algorithm, format: 'raw' | 'spki', bytes: Bytes) {
  return await crypto.subtle
    .importKey(format, bytes, KEY_ALGORITHMS[algorithm], false, ['verify'])
    .catch((cause: unknown) => {
      throw missing(
        `This is no ${algorithm} public key, or this platform has no ${algorithm}`,
        cause,
      )
    })
}

/** Throws `secret_missing` for text that is no key of this spelling. */
export function keyBytes(secret: string, key: PublicKeyScheme['key']): Bytes {
  const { encoding, stripPrefix = '' } = key
  const text = secret.startsWith(stripPrefix) ? secret.slice(stripPrefix.length) : secret
  const bytes =
    encoding === 'raw-hex' ? decodeBytes(text, 'hex') : decodeBytes(bare(text), 'base64')
  if (bytes === null || bytes.length === 0) throw missing(`The key is not ${encoding}`)
  const isRaw = encoding.startsWith('raw')
  if (!isRaw || bytes.length === 32) return bytes
  throw missing(`The key holds ${bytes.length} bytes; 32 are right`)
}

const bare = (text: string) =>
  text.startsWith('-----BEGIN PUBLIC KEY-----')
    ? text.replace(/-----(?:BEGIN|END) PUBLIC KEY-----/g, '').replace(/\s+/g, '')
    : text

function decodeSignature(text: string, encoding: PublicKeyScheme['signature']['encoding']) {
  if (encoding === 'hex') return /[A-F]/.test(text) ? null : decodeBytes(text, 'hex')
  const bytes = decodeBytes(text, 'base64')
  return bytes !== null && encoding === 'base64-der' ? derToRaw(bytes) : bytes
}

/**
 * ECDSA as others write it (two INTEGERs in a SEQUENCE) to r‖s, as WebCrypto wants it. Strictly: minimal
 * numbers, nothing after them, so that a signature has one spelling.
 */
export function derToRaw(der: Uint8Array): Bytes | null {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null
  const r = readInteger(der, 2)
  const s = r && readInteger(der, r.end)
  if (!s || s.end !== der.length) return null
  const raw = new Uint8Array(64)
  raw.set(r.bytes, 32 - r.bytes.length)
  raw.set(s.bytes, 64 - s.bytes.length)
  return raw
}

function readInteger(der: Uint8Array, at: number) {
  const length = der[at + 1]
  if (der[at] !== 0x02 || length === undefined || length === 0 || length > 33) return null
  const end = at + 2 + length
  if (end > der.length) return null
  const bytes = der.subarray(at + 2, end)
  const isNegative = bytes[0]! >= 0x80
  const isPadded = bytes[0] === 0 && length > 1
  if (isNegative || (isPadded && bytes[1]! < 0x80) || (length === 33 && !isPadded)) return null
  return { bytes: isPadded ? bytes.subarray(1) : bytes, end }
}

const missing = (problem: string, cause?: unknown) =>
  new WebhookError('secret_missing', `${problem}. Give the key that the provider shows you.`, {
    cause,
  })

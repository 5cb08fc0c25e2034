// The protocol, once: what is signed, how it is signed, what counts as a match. Times, headers
// and JSON are the business of sign.ts and verify.ts.
import { decodeBase64, encodeBase64 } from './base64.ts'
import { WebhookVerificationError } from './errors.ts'
import { importPrivateKey, importPublicKey, type Secret } from './secret.ts'

// Eleven keys may sign at once (one current, ten in grace); an Ed25519 check costs enough that a
// stranger's header must not choose how many we do.
const MAX_SIGNATURES = 32
const HMAC_BYTES = 32
const ED25519_BYTES = 64

const encoder = new TextEncoder()

/** `{id}.{timestamp}.{payload}`. The timestamp is the header's text, so nothing is reformatted. */
export function signedContent(id: string, timestamp: string, payload: string | Uint8Array) {
  assertId(id)
  const head = encoder.encode(`${id}.${timestamp}.`)
  const body = typeof payload === 'string' ? encoder.encode(payload) : payload
  const content = new Uint8Array(head.length + body.length)
  content.set(head)
  content.set(body, head.length)
  return content
}

/** `v1,…` or `v1a,…`, depending on the secret. */
export async function createSignature(secret: Secret, content: Uint8Array<ArrayBuffer>) {
  switch (secret.kind) {
    case 'symmetric':
      return `v1,${encodeBase64(await hmac(secret.key, content))}`
    case 'private': {
      const key = await importPrivateKey(secret.seed)
      const signature = await crypto.subtle.sign('Ed25519', key, content)
      return `v1a,${encodeBase64(new Uint8Array(signature))}`
    }
    case 'public':
      throw new WebhookVerificationError('bad_secret', 'A whpk_ key can only verify, not sign.')
    default:
      return secret satisfies never
  }
}

/** Whether one of the space-separated signatures is this secret's; unknown versions are skipped. */
export async function hasSignature(
  header: string,
  { secret, content }: { secret: Secret; content: Uint8Array<ArrayBuffer> },
): Promise<boolean> {
  const signatures = header.split(' ').slice(0, MAX_SIGNATURES)
  if (secret.kind === 'symmetric') {
    const candidates = decodeAll(signatures, { version: 'v1', bytes: HMAC_BYTES })
    if (candidates.length === 0) return false
    const expected = await hmac(secret.key, content)
    return candidates.some((candidate) => isEqual(candidate, expected))
  }
  const candidates = decodeAll(signatures, { version: 'v1a', bytes: ED25519_BYTES })
  if (candidates.length === 0) return false
  const key = await importPublicKey(secret.publicKey)
  for (const candidate of candidates) {
    if (await crypto.subtle.verify('Ed25519', key, candidate, content)) return true
  }
  return false
}

async function hmac(key: Uint8Array, content: Uint8Array<ArrayBuffer>) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', new Uint8Array(key), algorithm, false, [
    'sign',
  ])
  return new Uint8Array(await crypto.subtle.sign(algorithm, imported, content))
}

/** Only whole signatures of the right length: an empty one must never equal anything. */
function decodeAll(signatures: string[], { version, bytes }: { version: string; bytes: number }) {
  return signatures.flatMap((signature) => {
    if (!signature.startsWith(`${version},`)) return []
    const decoded = decodeBase64(signature.slice(version.length + 1))
    return decoded?.length === bytes ? [new Uint8Array(decoded)] : []
  })
}

/** Takes as long for a first wrong byte as for a last one. Both are `HMAC_BYTES` long. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** With a `.` in the id, the same signed bytes could be read as another id, time and body. */
function assertId(id: string) {
  if (/^[A-Za-z0-9_-]{1,256}$/.test(id)) return
  throw new WebhookVerificationError('bad_id', 'The id must be 1–256 of [A-Za-z0-9_-].')
}

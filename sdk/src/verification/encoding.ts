import { decodeBase64, encodeBase64 } from '../base64.ts'

export type TextEncoding = 'hex' | 'base64' | 'base64url'
export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes

export function encodeBytes(bytes: Uint8Array, encoding: TextEncoding): string {
  if (encoding === 'hex') {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
  const text = encodeBase64(bytes)
  if (encoding === 'base64') return text
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Strictly: null for anything that is not exactly how these bytes are written. */
export function decodeBytes(text: string, encoding: 'hex' | 'base64'): Bytes | null {
  if (encoding === 'base64') return decodeBase64(text) as Bytes | null
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) return null
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** Takes as long for a first wrong character as for a last one. */
export function isSameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

export function concat(parts: Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const HASHES = { sha1: 'SHA-1', sha256: 'SHA-256', sha512: 'SHA-512' } as const
export type Hash = keyof typeof HASHES

/** A key is never empty here: `secretKey` refuses such secrets, and WebCrypto does too. */
export async function hmac(hash: Hash, key: Bytes, content: Bytes): Promise<Bytes> {
  const algorithm = { name: 'HMAC', hash: HASHES[hash] }
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, content))
}

export async function digest(hash: Hash, content: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(HASHES[hash], content as Bytes))
}

/** Whether two secrets are one, in a time that tells not even their length. */
export async function isSameSecret(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([digest('sha256', utf8(a)), digest('sha256', utf8(b))])
  return isSameText(encodeBytes(left, 'hex'), encodeBytes(right, 'hex'))
}

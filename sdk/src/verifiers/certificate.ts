// WebCrypto reads no X.509: this finds the public key and the dates of a certificate, and no more. Whom
// a certificate belongs to is known from where it was fetched: the address’s pattern, over TLS.
import { type Bytes, decodeBytes } from '../verification/encoding.ts'
import { importPublic, type PublicKey } from '../verification/public-key.ts'
import type { FetchKey } from '../verification/verifier.ts'
import { WebhookError } from '../verification/webhook-error.ts'

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----/
const MAX_PEM = 65_536

type Algorithm = 'rsa-sha1' | 'rsa-sha256'
type Given = { url: string; algorithm: Algorithm; now: Date; fetchKey: FetchKey | null }

/** The key of the certificate at an address that was checked. Throws when it does not count now. */
export async function certificateKey({ url, algorithm, now, fetchKey }: Given): Promise<PublicKey> {
  if (fetchKey === null) {
    throw new WebhookError('undecided', 'The certificate is the provider’s: give `fetchKey`.')
  }
  const pem = await fetchKey({ kind: 'certificate', url })
  if (typeof pem !== 'string') throw untrusted('What was fetched is no certificate.')
  const { key, from, until } = readCertificate(pem)
  if (now < from || now > until) throw untrusted('The certificate is out of date.')
  return await importPublic(algorithm, 'spki', key).catch((cause: unknown) => {
    throw new WebhookError('key_untrusted', 'The certificate holds no RSA key.', { cause })
  })
}

export function readCertificate(pem: string): { key: Bytes; from: Date; until: Date } {
  const encoded = pem.length > MAX_PEM ? undefined : PEM.exec(pem)?.[1]?.replace(/\s+/g, '')
  const der = encoded === undefined ? null : decodeBytes(encoded, 'base64')
  if (der === null) throw untrusted('What was fetched is no certificate.')
  const [toBeSigned] = children(der, read(der, 0))
  if (toBeSigned === undefined) throw untrusted('The certificate cannot be read.')
  const fields = children(der, toBeSigned)
  // The version is there or not: [0].
  const first = fields[0]?.tag === 0xa0 ? 1 : 0
  const [, , , validity, , key] = fields.slice(first)
  if (validity === undefined || key === undefined)
    throw untrusted('The certificate cannot be read.')
  const [from, until] = children(der, validity).map((time) => readTime(der, time))
  if (from === undefined || until === undefined) throw untrusted('The certificate has no dates.')
  return { key: der.slice(key.start, key.end), from, until }
}

/** A value of DER: where it begins, where its content does, where it ends. */
type Value = { tag: number; start: number; content: number; end: number }

function read(der: Uint8Array, start: number): Value {
  const short = der[start + 1]
  if (short === undefined) throw untrusted('The certificate is cut.')
  const extra = short < 0x80 ? 0 : short & 0x7f
  if (extra > 3) throw untrusted('The certificate is too long.')
  let length = extra === 0 ? short : 0
  for (let i = 0; i < extra; i++) length = length * 256 + (der[start + 2 + i] ?? 0)
  const content = start + 2 + extra
  if (content + length > der.length) throw untrusted('The certificate is cut.')
  return { tag: der[start]!, start, content, end: content + length }
}

function children(der: Uint8Array, parent: Value): Value[] {
  const values: Value[] = []
  for (let at = parent.content; at < parent.end; at = values.at(-1)!.end) values.push(read(der, at))
  return values
}

/** UTCTime or GeneralizedTime. */
function readTime(der: Uint8Array, { tag, content, end }: Value): Date {
  const text = String.fromCharCode(...der.subarray(content, end))
  const year = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(year)
  if (parts === null) throw untrusted('The certificate’s dates cannot be read.')
  const [y = 0, m = 0, ...rest] = parts.slice(1).map(Number)
  return new Date(Date.UTC(y, m - 1, ...(rest as [number, number, number, number])))
}

const untrusted = (message: string) => new WebhookError('key_untrusted', message)

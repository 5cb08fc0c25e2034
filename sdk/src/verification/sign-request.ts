// The other half of verify-scheme.ts: a request as its provider would have signed it. For tests and
// for `trigger`; a provider’s private key is never ours.
import { parseJson } from './body.ts'
import { type Bytes, encodeBytes, hmac, utf8 } from './encoding.ts'
import { headerValues, type InboundRequest } from './request.ts'
import type {
  HmacScheme,
  Place,
  PublicKeyScheme,
  Scheme,
  SecretScheme,
  Timestamp,
} from './scheme.ts'
import { secretKey } from './secrets.ts'
import { signJwt } from './sign-jwt.ts'
import { signWithPrivateKey } from './sign-private-key.ts'
import { coveredHeaders } from './signed-content.ts'
import { fillTemplate } from './template.ts'
import type { CustomVerifier, Settings } from './verifier.ts'

export type SignGiven = {
  scheme: Scheme
  /** The secret; for a public key its private half: PKCS #8 in PEM or base64, or an Ed25519 seed. */
  secret: string
  at: Date
  settings?: Settings
  verifier?: CustomVerifier | undefined
}

/** The request with what proves its sender. `request.url` is the URL that is signed. */
export async function signRequest(
  request: InboundRequest,
  { scheme, secret, at, settings = {}, verifier }: SignGiven,
): Promise<InboundRequest> {
  switch (scheme.kind) {
    case 'hmac':
      return await signContent(request, scheme, at, async (bytes) => {
        const mac = await hmac(scheme.algorithm, secretKey(secret, scheme.key), bytes)
        return encodeBytes(mac, scheme.encoding)
      })
    case 'publicKey':
      return await signContent(request, scheme, at, (bytes) =>
        signWithPrivateKey(bytes, secret, scheme),
      )
    case 'secret':
      return placeSecret(request, scheme, secret)
    case 'jwt':
      return place(request, scheme.in, await signJwt(request, { scheme, secret, at }))
    case 'custom':
      if (verifier) return await verifier.sign(request, { scheme, secret, at, settings })
      throw new TypeError(`The scheme "${scheme.verifier}" needs its verifier, that of its preset.`)
    default:
      return scheme satisfies never
  }
}

async function signContent(
  request: InboundRequest,
  scheme: HmacScheme | PublicKeyScheme,
  at: Date,
  toSignature: (bytes: Bytes) => Promise<string>,
): Promise<InboundRequest> {
  const { signature, timestamp, signed = '{body}', plainHeaders = false } = scheme
  const t = timestamp && timeText(at, timestamp.unit)
  const whole = withHeaders(withTime(request, timestamp, t), scheme)
  const bytes = fillTemplate(signed, { request: whole, t, url: whole.url, plainHeaders })
  const text = await toSignature(bytes)
  const { list, prefix = '' } = signature
  if (!list) return place(whole, signature, prefix + text)
  const fields = timestamp?.from === 'list' ? [[timestamp.name, t]] : []
  const items = [...fields, [list.field, text]].map((field) => field.join(list.pair))
  return place(whole, signature, items.join(list.item))
}

/** As a provider writes it. */
export function timeText(at: Date, unit: Timestamp['unit']): string {
  if (unit === 'iso') return at.toISOString()
  return String(unit === 's' ? Math.floor(at.getTime() / 1000) : at.getTime())
}

function withTime(
  request: InboundRequest,
  timestamp: Timestamp | undefined,
  t: string | undefined,
): InboundRequest {
  if (timestamp === undefined || t === undefined || timestamp.from === 'list') return request
  const { from, name, unit } = timestamp
  if (from === 'header') return place(request, { headers: [name] }, t)
  if (from === 'query') return place(request, { query: name }, t)
  const body = parseJson(request.body) as object
  const value = unit === 'iso' ? t : Number(t)
  return { ...request, body: utf8(JSON.stringify({ ...body, [name.replace(/^\//, '')]: value })) }
}

/** Ids that are signed and were not given are made up. */
function withHeaders(request: InboundRequest, scheme: HmacScheme | PublicKeyScheme) {
  const own = new Set('headers' in scheme.signature ? scheme.signature.headers : [])
  const missing = coveredHeaders(scheme).filter(
    (name) => !own.has(name) && headerValues(request, name).length === 0,
  )
  return missing.reduce(
    (whole, name) => place(whole, { headers: [name] }, crypto.randomUUID()),
    request,
  )
}

function place(request: InboundRequest, where: Place, text: string): InboundRequest {
  if ('headers' in where) {
    return { ...request, headers: [...request.headers, [where.headers[0]!, text]] }
  }
  const [url = '', fragment] = request.url.split('#', 2)
  const pair = `${encodeURIComponent(where.query)}=${encodeURIComponent(text)}`
  const query = `${url.includes('?') ? '&' : '?'}${pair}`
  return { ...request, url: url + query + (fragment === undefined ? '' : `#${fragment}`) }
}

function placeSecret(
  request: InboundRequest,
  scheme: SecretScheme,
  secret: string,
): InboundRequest {
  const { in: where } = scheme
  if ('basic' in where) {
    const encoded = encodeBytes(utf8(secret), 'base64')
    return place(request, { headers: ['Authorization'] }, `Basic ${encoded}`)
  }
  if ('body' in where) {
    const body = parseJson(request.body)
    write([body], where.body.slice(1).split('/'), secret)
    return { ...request, body: utf8(JSON.stringify(body)) }
  }
  return place(request, where, scheme.scheme === 'bearer' ? `Bearer ${secret}` : secret)
}

/** Writes into every item that the pointer means. */
function write(targets: unknown[], [token = '', ...rest]: string[], secret: string) {
  const objects = targets.filter((target) => typeof target === 'object' && target !== null)
  if (rest.length === 0) {
    for (const target of objects) Object.assign(target, { [token]: secret })
    return
  }
  const below = objects.flatMap((target) =>
    token === '*' ? Object.values(target) : [(target as Record<string, unknown>)[token]],
  )
  write(below, rest, secret)
}

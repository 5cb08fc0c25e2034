import { parseJson } from './body.ts'
import { describe, readPlace } from './candidates.ts'
import { type Bytes, digest, encodeBytes, hmac, isSameText, utf8 } from './encoding.ts'
import { parseJwks } from './jwk.ts'
import type { InboundRequest } from './request.ts'
import type { JwtScheme } from './scheme.ts'
import type { ActiveSecret, Checked, FetchKey, PublicJwk } from './verifier.ts'
import { WebhookError } from './webhook-error.ts'

// Clocks differ; `exp`, `nbf` and `iat` are compared with this much room.
const LEEWAY_SECONDS = 60
const MAX_TOKEN = 8192

type Given = {
  secrets: ActiveSecret[]
  url: string | null
  now: Date
  fetchKey: FetchKey | null
}
type Token = {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  signed: Bytes
  /** As written, and its bytes. */
  signature: string
}

/**
 * The algorithm is the scheme's. A token that names another one, `none` among them, is refused before
 * any key is touched; a public key is never imported as an HMAC key.
 */
export async function verifyJwt(
  request: InboundRequest,
  scheme: JwtScheme,
  { secrets, url, now, fetchKey }: Given,
): Promise<Checked> {
  const token = readToken(request, scheme)
  const [algorithm] = scheme.algorithms
  if (token.header['alg'] !== algorithm) {
    throw new WebhookError('signature_malformed', `The token is not signed with ${algorithm}.`)
  }
  const secretIndex =
    algorithm === 'HS256'
      ? await matchHmac(token, secrets)
      : await matchPublic(token, { scheme, secrets, fetchKey })
  const skewSeconds = assertTimes(token.claims, scheme, now)
  await assertUrl(token.claims, scheme, url)
  const bodyAuthenticated = await assertBody(token.claims, scheme, request.body)
  return { secretIndex, skewSeconds, bodyAuthenticated }
}

function readToken(request: InboundRequest, { in: place }: JwtScheme): Token {
  const [value = '', ...more] = readPlace(request, place, { several: 'refused', comma: true })
  if (more.length > 0) {
    throw new WebhookError('signature_ambiguous', `${describe(place)}: the token comes twice.`)
  }
  const text = value.replace(/^Bearer +/i, '')
  const [head, body, signature, ...rest] = text.split('.')
  const isToken = /^[A-Za-z0-9_.-]+$/.test(text) && text.length <= MAX_TOKEN && rest.length === 0
  if (!isToken || !head || !body || !signature) {
    throw new WebhookError('signature_malformed', `${describe(place)} holds no signed JWT.`)
  }
  try {
    const header = readObject(head)
    if (header['crit'] !== undefined) throw new TypeError('crit')
    return { header, claims: readObject(body), signed: utf8(`${head}.${body}`), signature }
  } catch (cause) {
    throw new WebhookError('signature_malformed', 'The JWT cannot be read.', { cause })
  }
}

function readObject(part: string): Record<string, unknown> {
  const value = parseJson(decodeBase64Url(part))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new TypeError('A part of the token is no object.')
}

function decodeBase64Url(text: string): Bytes {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}

async function matchHmac({ signed, signature }: Token, secrets: ActiveSecret[]): Promise<number> {
  for (const { secret, index } of secrets) {
    const expected = encodeBytes(await hmac('sha256', utf8(secret), signed), 'base64url')
    if (isSameText(signature, expected)) return index
  }
  throw new WebhookError('signature_mismatch', 'The token is signed with none of the secrets.')
}

const PARAMETERS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const

async function matchPublic(
  { header, signed, signature }: Token,
  { scheme, secrets, fetchKey }: { scheme: JwtScheme } & Pick<Given, 'secrets' | 'fetchKey'>,
): Promise<number> {
  const parameters = PARAMETERS[scheme.algorithms[0] as 'ES256' | 'RS256']
  const bytes = decodeBase64Url(signature)
  const keys =
    scheme.keyFrom === 'provider'
      ? await providerKeys(header['kid'], secrets, fetchKey)
      : givenKeys(secrets)
  for (const { jwk, index } of keys) {
    const key = await importJwk(jwk, parameters)
    if (await crypto.subtle.verify(parameters, key, bytes, signed)) return index
  }
  throw new WebhookError('signature_mismatch', 'The token is signed with none of the keys.')
}

type Key = { index: number; jwk: PublicJwk }

const givenKeys = (secrets: ActiveSecret[]): Key[] =>
  secrets.flatMap(({ secret, index }) => parseJwks(secret).map((jwk) => ({ index, jwk })))

/** The one that the token names: of those that were given, else the provider is asked. */
async function providerKeys(
  keyId: unknown,
  secrets: ActiveSecret[],
  fetchKey: FetchKey | null,
): Promise<Key[]> {
  if (secrets.length === 0) return [{ index: 0, jwk: await fetchJwk(keyId, fetchKey) }]
  const named = givenKeys(secrets).filter(({ jwk }) => jwk['kid'] === assertKeyId(keyId))
  if (named.length > 0) return named
  throw new WebhookError('key_untrusted', 'The token names a key that is not among those given.')
}

function assertKeyId(keyId: unknown): string {
  if (typeof keyId === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(keyId)) return keyId
  throw new WebhookError('signature_malformed', 'The token names no key.')
}

async function fetchJwk(keyId: unknown, fetchKey: FetchKey | null): Promise<PublicJwk> {
  const named = assertKeyId(keyId)
  if (fetchKey === null) {
    const message = 'The key is the provider’s: give it as a secret, or `fetchKey`.'
    throw new WebhookError('undecided', message)
  }
  const key = await fetchKey({ kind: 'jwk', keyId: named })
  return typeof key === 'string' ? parseJwks(key)[0]! : key
}

async function importJwk(jwk: PublicJwk, parameters: (typeof PARAMETERS)['ES256' | 'RS256']) {
  // What the key says of its use is not ours to follow.
  const { kty, crv, x, y, n, e } = jwk
  const bare = Object.fromEntries(
    Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
  )
  return await crypto.subtle
    .importKey('jwk', bare, parameters, false, ['verify'])
    .catch((cause: unknown) => {
      throw new WebhookError('key_untrusted', 'The key does not fit the algorithm.', { cause })
    })
}

function assertTimes(claims: Token['claims'], { maxAge }: JwtScheme, now: Date): number | null {
  const seconds = now.getTime() / 1000
  const iat = readTime(claims, 'iat')
  const exp = readTime(claims, 'exp')
  const nbf = readTime(claims, 'nbf')
  if (maxAge !== undefined && iat === null) {
    throw new WebhookError('timestamp_missing', 'The token does not say when it was made.')
  }
  const isOld = iat !== null && maxAge !== undefined && Math.floor(seconds) - iat > maxAge
  if (isOld || (exp !== null && seconds > exp + LEEWAY_SECONDS)) {
    throw new WebhookError('timestamp_too_old', 'The token has expired.')
  }
  if (Math.max(iat ?? 0, nbf ?? 0) > seconds + LEEWAY_SECONDS) {
    throw new WebhookError('timestamp_too_new', 'The token does not count yet.')
  }
  return iat === null ? null : Math.floor(seconds) - iat
}

function readTime(claims: Token['claims'], name: string): number | null {
  const value = claims[name]
  if (value === undefined) return null
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new WebhookError('timestamp_malformed', `The token’s ${name} is no number.`)
}

async function assertBody(claims: Token['claims'], { bodyClaim }: JwtScheme, body: Uint8Array) {
  if (bodyClaim === undefined) return false
  const expected = encodeBytes(await digest('sha256', body), bodyClaim.encoding)
  if (isSameClaim(claims[bodyClaim.name], expected)) return true
  throw new WebhookError('signature_mismatch', 'The token was made for another body.')
}

async function assertUrl(claims: Token['claims'], { urlClaim }: JwtScheme, url: string | null) {
  if (urlClaim === undefined) return
  if (url === null) {
    throw new WebhookError('url_unknown', 'The token names the URL. Give the public one.')
  }
  const expected = encodeBytes(await digest('sha256', utf8(url)), 'hex')
  if (isSameClaim(claims[urlClaim], expected)) return
  throw new WebhookError('signature_mismatch', 'The token was made for another URL.')
}

const isSameClaim = (claim: unknown, expected: string) =>
  typeof claim === 'string' && isSameText(claim, expected)

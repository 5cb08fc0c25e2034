import { type Bytes, digest, encodeBytes, hmac, utf8 } from './encoding.ts'
import type { InboundRequest } from './request.ts'
import type { JwtScheme } from './scheme.ts'

const EXPIRES_SECONDS = 300

const PARAMETERS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const

type Given = { scheme: JwtScheme; secret: string; at: Date }

/** `secret`: text for HS256, else the private key as a JSON Web Key. */
export async function signJwt(request: InboundRequest, { scheme, secret, at }: Given) {
  const { algorithms, bodyClaim, urlClaim } = scheme
  const [alg] = algorithms
  const iat = Math.floor(at.getTime() / 1000)
  const claims: Record<string, unknown> = { iat, exp: iat + EXPIRES_SECONDS }
  if (bodyClaim) {
    claims[bodyClaim.name] = encodeBytes(await digest('sha256', request.body), bodyClaim.encoding)
  }
  if (urlClaim) claims[urlClaim] = encodeBytes(await digest('sha256', utf8(request.url)), 'hex')
  const jwk = alg === 'HS256' ? null : (JSON.parse(secret) as Record<string, unknown>)
  const kid = jwk?.['kid']
  const head = [{ typ: 'JWT', alg, ...(kid !== undefined && { kid }) }, claims]
    .map(toPart)
    .join('.')
  const signature =
    jwk === null || alg === 'HS256'
      ? await hmac('sha256', utf8(secret), utf8(head))
      : await signWith(jwk, PARAMETERS[alg], utf8(head))
  return `${head}.${encodeBytes(signature, 'base64url')}`
}

async function signWith(
  { kty, crv, x, y, d, n, e, p, q, dp, dq, qi }: Record<string, unknown>,
  parameters: (typeof PARAMETERS)['ES256' | 'RS256'],
  bytes: Bytes,
): Promise<Bytes> {
  const bare = Object.fromEntries(
    Object.entries({ kty, crv, x, y, d, n, e, p, q, dp, dq, qi }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  const key = await crypto.subtle.importKey('jwk', bare, parameters, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign(parameters, key, bytes))
}

const toPart = (value: unknown) => encodeBytes(utf8(JSON.stringify(value)), 'base64url')

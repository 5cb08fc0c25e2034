// A scheme of one's own: how a provider signs that no preset knows, as data.
import { z } from 'zod'
import { wireShapes } from './shapes.ts'

const text = (max = 256) => z.string().min(1).max(max)
const headerName = () =>
  z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, 'the name of a header')

const headers = z.array(headerName()).min(1).max(100)
const place = { headers: headers.optional(), query: text().optional() }
export const PlaceIn = z
  .union([z.strictObject({ headers }), z.strictObject({ query: text() })])
  .register(wireShapes, { id: 'SourcePlace' })
const hasPlace = (value: { headers?: unknown; query?: unknown }) =>
  value.headers !== undefined || value.query !== undefined
const PLACE = { error: 'headers or query: where it stands' }

const list = z.strictObject({ item: text(8), pair: text(8), field: text(64) })

const timestamp = z.strictObject({
  from: z.enum(['header', 'list', 'body', 'query']),
  name: text(),
  unit: z.enum(['s', 'ms', 'iso']),
  tolerance: z.number().min(1).max(86_400).nullable(),
})

const signed = {
  signed: text(1_024).optional(),
  timestamp: timestamp.optional(),
}

const hmac = z.strictObject({
  kind: z.literal('hmac'),
  algorithm: z.enum(['sha1', 'sha256', 'sha512']),
  encoding: z.enum(['hex', 'base64', 'base64url']),
  anyCase: z.boolean().optional(),
  signature: z
    .strictObject({ ...place, prefix: text(64).optional(), list: list.optional() })
    .refine(hasPlace, PLACE),
  key: z
    .strictObject({
      encoding: z.enum(['utf8', 'hex', 'base64']),
      stripPrefix: text(64).optional(),
      minBytes: z.number().int().min(1).max(4_096).optional(),
    })
    .optional(),
  ...signed,
})

const publicKey = z.strictObject({
  kind: z.literal('publicKey'),
  algorithm: z.enum(['ed25519', 'ecdsa-p256', 'rsa-sha1', 'rsa-sha256']),
  signature: z
    .strictObject({
      ...place,
      encoding: z.enum(['hex', 'base64', 'base64-der']),
      prefix: text(64).optional(),
      list: list.optional(),
    })
    .refine(hasPlace, PLACE),
  key: z.strictObject({
    encoding: z.enum(['raw-hex', 'raw-base64', 'spki-base64', 'pem']),
    stripPrefix: text(64).optional(),
  }),
  ...signed,
})

const secret = z.strictObject({
  kind: z.literal('secret'),
  in: z.union([
    z.strictObject(place).refine(hasPlace, PLACE),
    z.strictObject({ basic: z.literal(true) }),
    z.strictObject({ body: text() }),
  ]),
  scheme: z.literal('bearer').optional(),
})

const jwt = z.strictObject({
  kind: z.literal('jwt'),
  in: z.strictObject(place).refine(hasPlace, PLACE),
  algorithms: z.tuple([z.enum(['HS256', 'ES256', 'RS256'])]),
  bodyClaim: z.strictObject({ name: text(), encoding: z.enum(['hex', 'base64']) }).optional(),
  urlClaim: text().optional(),
  maxAge: z.number().int().min(1).max(86_400).optional(),
})

export const SchemeIn = z
  .discriminatedUnion('kind', [hmac, publicKey, secret, jwt])
  .register(wireShapes, { id: 'SourceScheme' })

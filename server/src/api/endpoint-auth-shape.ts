// The wire shapes of how the requests of an endpoint prove themselves, and what they mean inside. Secrets
// go in and never come out: a change may leave them out, and keeps them.
import { z } from 'zod'
import { fromEntries, type Headers } from '../domain/custom-headers.ts'
import { clashOf, type EndpointAuth, NO_AUTH, problemOfAuth } from '../domain/endpoint-auth.ts'
import { invalid } from '../domain/errors.ts'
import {
  ALGORITHMS,
  ENCODINGS,
  SECRET_ENCODINGS,
  TIMESTAMP_UNITS,
} from '../domain/header-signature.ts'
import { cleanText, namesTo } from './fields.ts'
import { wireShapes } from './shapes.ts'

const MAX_SECRET = 4_096

const text = (max: number) => cleanText(max).min(1)
const secret = () => text(MAX_SECRET).meta({ writeOnly: true })
/** Needed, unless a PATCH leaves the one that is there. */
const keptSecret = () =>
  secret()
    .optional()
    .meta({ writeOnly: true, description: 'Required; in a PATCH the present one is kept' })
const headerName = () => text(64).meta({ examples: ['X-Signature'] })
const tokenUrl = () =>
  z
    .string()
    .max(2_048)
    .meta({ format: 'uri', examples: ['https://example.com/token'] })
const scopes = () => z.array(text(256)).max(50)

const ofSignature = {
  header: headerName(),
  value: text(256)
    .default('{signature}')
    .meta({ examples: ['sha256={signature}'] }),
  signed: text(256)
    .default('{body}')
    .meta({ examples: ['{body}'] }),
  algorithm: z.enum(ALGORITHMS).default('sha256'),
  encoding: z.enum(ENCODINGS).default('hex'),
  timestampHeader: text(64)
    .meta({ examples: ['X-Timestamp'] })
    .nullable()
    .default(null),
  timestampUnit: z.enum(TIMESTAMP_UNITS).default('seconds'),
  idHeader: text(64)
    .meta({ examples: ['X-Event-Id'] })
    .nullable()
    .default(null),
  secretEncoding: z.enum(SECRET_ENCODINGS).default('text'),
}
const ofOAuth2 = {
  tokenUrl: tokenUrl(),
  clientId: text(1_024),
  authMethod: z.enum(['clientSecretBasic', 'clientSecretPost']).default('clientSecretBasic'),
  scopes: scopes().default([]),
  audience: text(1_024).nullable().default(null),
  extraParams: namesTo(cleanText(1_024)).nullish(),
}

export const EndpointAuthIn = z
  .object({
    basic: z.object({ username: cleanText(1_024), password: cleanText(MAX_SECRET) }).nullish(),
    bearer: z
      .object({
        token: keptSecret(),
        scheme: z
          .string()
          .max(32)
          .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'expected a word like "Bearer"')
          .default('Bearer')
          .meta({ examples: ['Bearer'] }),
      })
      .nullish(),
    oauth2: z.object({ ...ofOAuth2, clientSecret: keptSecret() }).nullish(),
    secretHeaders: namesTo(z.string()).nullish(),
    secretInBody: z.object({ member: text(256), value: keptSecret() }).nullish(),
    signature: z.object({ ...ofSignature, secret: keptSecret() }).nullish(),
    standardSignature: z
      .boolean()
      .optional()
      .meta({
        description: 'Whether webhook-signature and svix-signature are sent; true unless given',
        examples: [true],
      }),
  })
  .register(wireShapes, { id: 'EndpointAuthIn' })

export const EndpointAuthOut = z
  .object({
    /** Set, and nothing of it is shown: with many services the user name is the secret. */
    basic: z.object({}).nullable(),
    bearer: z.object({ scheme: z.string() }).nullable(),
    oauth2: z
      .object({
        tokenUrl: z.string(),
        clientId: z.string(),
        authMethod: z.string(),
        scopes: z.array(z.string()),
        audience: z.string().nullable(),
        /** Their names: values may be secret. */
        extraParams: z.array(z.string()),
      })
      .nullable(),
    /** Their names. */
    secretHeaders: z.array(z.string()),
    secretInBody: z.object({ member: z.string() }).nullable(),
    signature: z
      .object({
        header: z.string(),
        value: z.string(),
        signed: z.string(),
        algorithm: z.string(),
        encoding: z.string(),
        timestampHeader: z.string().nullable(),
        timestampUnit: z.string(),
        idHeader: z.string().nullable(),
        secretEncoding: z.string(),
      })
      .nullable(),
    standardSignature: z.boolean(),
  })
  .register(wireShapes, { id: 'EndpointAuthOut' })

type In = z.output<typeof EndpointAuthIn>
type Before = EndpointAuth | null

type Given = {
  /** What members that are not named stay as; null for a replacement. */
  before: Before
  /** Of the endpoint: none of them may be set by both. */
  headers: Headers
  /** Where in the body a member of it stands. */
  loc?(...path: string[]): string[]
}

const CLIENT_SECRET = ['oauth2', 'clientSecret']

/** Throws 422 that names the member. */
export function toAuth(body: In, { before, headers, ...given }: Given): EndpointAuth {
  const base = before ?? NO_AUTH
  const loc = (...path: string[]) => ['body', ...(given.loc?.(...path) ?? path)]
  const kept = (given: string | undefined, present: string | undefined, path: string[]) => {
    const value = given ?? present
    if (value !== undefined) return value
    const moved = path[0] === 'oauth2' && base.oauth2 !== null
    const message = moved
      ? 'must be given again: the token URL leads to another server'
      : 'expected a text: there is none yet'
    throw invalid(loc(...path), message, 'value_error.jsondecode')
  }
  /** What is not named stays, null takes away. */
  const part = <Wire extends object, Value>(
    given: Wire | null | undefined,
    present: Value,
    read: (given: Wire) => Value,
  ) => (given === undefined ? present : given === null ? null : read(given))

  const auth: EndpointAuth = {
    basic: part(body.basic, base.basic, (given) => given),
    bearer: part(body.bearer, base.bearer, ({ scheme, token }) => ({
      scheme,
      token: kept(token, before?.bearer?.token, ['bearer', 'token']),
    })),
    oauth2: part(body.oauth2, base.oauth2, (given) => ({
      ...given,
      extraParams: given.extraParams ?? {},
      tokenUrl: new URL(given.tokenUrl).href,
      clientSecret: kept(given.clientSecret, keptClientSecret(given, before), CLIENT_SECRET),
    })),
    secretHeaders:
      body.secretHeaders === undefined
        ? base.secretHeaders
        : fromEntries(Object.entries(body.secretHeaders ?? {})),
    secretInBody: part(body.secretInBody, base.secretInBody, ({ member, value }) => ({
      member,
      value: kept(value, before?.secretInBody?.value, ['secretInBody', 'value']),
    })),
    signature: part(body.signature, base.signature, (given) => ({
      ...given,
      secret: kept(given.secret, before?.signature?.secret, ['signature', 'secret']),
    })),
    standardSignature: body.standardSignature ?? base.standardSignature,
  }
  const problem = problemOfAuth(auth) ?? clashOf(auth, headers)
  if (problem !== null) throw invalid(loc(...problem.loc), problem.message)
  return auth
}

/** It is not told to another server than the one it was set for. */
function keptClientSecret({ tokenUrl }: { tokenUrl: string }, before: Before): string | undefined {
  const present = before?.oauth2
  if (!present || new URL(tokenUrl).origin !== new URL(present.tokenUrl).origin) return undefined
  return present.clientSecret
}

/** As anybody may see it who sees the endpoint. */
export function shownAuth(auth: Before): z.input<typeof EndpointAuthOut> {
  const { basic, bearer, oauth2, secretHeaders, secretInBody, signature, standardSignature } =
    auth ?? NO_AUTH
  return {
    basic: basic && {},
    bearer: bearer && { scheme: bearer.scheme },
    oauth2: oauth2 && withoutSecret(oauth2),
    secretHeaders: Object.keys(secretHeaders),
    secretInBody: secretInBody && { member: secretInBody.member },
    signature: signature && withoutKey(signature),
    standardSignature,
  }
}

function withoutSecret({
  clientSecret,
  extraParams,
  ...shown
}: NonNullable<EndpointAuth['oauth2']>) {
  return { ...shown, extraParams: Object.keys(extraParams) }
}

function withoutKey({ secret, ...shown }: NonNullable<EndpointAuth['signature']>) {
  return shown
}

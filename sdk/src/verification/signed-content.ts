import { readBody } from './body.ts'
import type { Candidates } from './candidates.ts'
import type { Bytes } from './encoding.ts'
import { headerValue, headerValues, type InboundRequest, queryValue } from './request.ts'
import type { HmacScheme, PublicKeyScheme, Timestamp } from './scheme.ts'
import { fillTemplate, parseTemplate } from './template.ts'
import { assertFresh, parseTimestamp, type SentAt } from './timestamp.ts'
import { WebhookError } from './webhook-error.ts'

type SigningScheme = HmacScheme | PublicKeyScheme

/** What the signature covers, and what to ask once it is known to be right. */
export type SignedContent = {
  bytes: Bytes
  bodyAuthenticated: boolean
  /** Seconds by which our clock is ahead; throws when that is too much either way. */
  assertFresh(now: Date): number | null
}

export function readSigned(
  request: InboundRequest,
  scheme: SigningScheme,
  { fields, url }: { fields: Candidates['fields']; url: string | null },
): SignedContent {
  const { timestamp, signed = '{body}', plainHeaders = false } = scheme
  const text = timestamp && timestampText(request, timestamp, fields)
  const sent = text === undefined ? undefined : parseTimestamp(text, timestamp!.unit)
  return {
    bytes: fillTemplate(signed, { request, t: text, url, plainHeaders }),
    bodyAuthenticated: signed.includes('{body}'),
    assertFresh: (now) => {
      if (timestamp === undefined) return null
      return assertFresh(sent ?? bodyTimestamp(request, timestamp), timestamp, now)
    },
  }
}

/** Undefined for a time in the body: that is read after the signature over it was found right. */
function timestampText(
  request: InboundRequest,
  timestamp: Timestamp,
  fields: Candidates['fields'],
) {
  const { from, name } = timestamp
  switch (from) {
    case 'header':
      return assertTimestamp(headerValue(request, name), `header ${name}`)
    case 'query':
      return assertTimestamp(queryValue(request, name), `query parameter ${name}`)
    case 'list': {
      const values = fields.get(name) ?? []
      if (values.length < 2) return assertTimestamp(values[0], `field ${name} of the signature`)
      throw new WebhookError(
        'signature_ambiguous',
        `The field ${name} comes ${values.length} times.`,
      )
    }
    case 'body':
      return undefined
    default:
      return from satisfies never
  }
}

function assertTimestamp(value: string | undefined, what: string): string {
  if (value === undefined) throw new WebhookError('timestamp_missing', `The ${what} is missing.`)
  if (!value.includes(',')) return value
  throw new WebhookError('signature_ambiguous', `The ${what} holds several values.`)
}

function bodyTimestamp(request: InboundRequest, { name, unit }: Timestamp): SentAt {
  const value = readBody(request).at(name.startsWith('/') ? name : `/${name}`)
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw new WebhookError('timestamp_missing', `The body has no time at ${name}.`)
  }
  return parseTimestamp(String(value), unit)
}

/**
 * The scheme under the header names that this request uses: the first family of which the whole set
 * is there, else the first.
 */
export function inFamily<S extends SigningScheme>(request: InboundRequest, scheme: S): S {
  const [first, ...others] = scheme.families ?? []
  if (first === undefined || hasAll(request, scheme)) return scheme
  for (const other of others) {
    const renamed = rename(scheme, first, other)
    if (hasAll(request, renamed)) return renamed
  }
  return scheme
}

const hasAll = (request: InboundRequest, scheme: SigningScheme) =>
  coveredHeaders(scheme).every((name) => headerValues(request, name).length > 0)

/** The headers that take part in a signature: its own, the time's and those that it covers. */
export function coveredHeaders({ signature, timestamp, signed = '' }: SigningScheme): string[] {
  return [
    ...('headers' in signature ? signature.headers : []),
    ...(timestamp?.from === 'header' ? [timestamp.name] : []),
    ...parseTemplate(signed).flatMap((part) =>
      'name' in part && part.name.startsWith('h:') ? [part.name.slice(2)] : [],
    ),
  ]
}

function rename<S extends SigningScheme>(scheme: S, from: string, to: string): S {
  const swap = (name: string) => (name.startsWith(from) ? to + name.slice(from.length) : name)
  const { signature, timestamp, signed } = scheme
  return {
    ...scheme,
    signature:
      'headers' in signature ? { ...signature, headers: signature.headers.map(swap) } : signature,
    ...(timestamp && {
      timestamp:
        timestamp.from === 'header' ? { ...timestamp, name: swap(timestamp.name) } : timestamp,
    }),
    ...(signed && {
      signed: signed.replaceAll(/\{h:([^}]*)\}/g, (_, name: string) => `{h:${swap(name)}}`),
    }),
  }
}

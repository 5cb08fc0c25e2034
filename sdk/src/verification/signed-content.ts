import { readBody } from './body.ts'
import type { Candidates } from './candidates.ts'
import type { Bytes } from './encoding.ts'
import { headerValue, headerValues, type InboundRequest, onlyOne, queryValue } from './request.ts'
import type { HmacScheme, PublicKeyScheme, Scheme, Timestamp } from './scheme.ts'
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
  if (from === 'body') return undefined
  const text =
    from === 'header'
      ? headerValue(request, name)
      : from === 'query'
        ? queryValue(request, name)
        : onlyOne(fields.get(name) ?? [], name)
  if (text === undefined) throw new WebhookError('timestamp_missing', `${name} is missing.`)
  if (!text.includes(',')) return text
  throw new WebhookError('signature_ambiguous', `${name} holds several values.`)
}

function bodyTimestamp(request: InboundRequest, { name, unit }: Timestamp): SentAt {
  const value = readBody(request).at(name.startsWith('/') ? name : `/${name}`)
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw new WebhookError('timestamp_missing', `The body has no time at ${name}.`)
  }
  return parseTimestamp(String(value), unit)
}

/**
 * The request under the header names of its scheme: where the whole set is not there, another family’s
 * takes its place. Never both: what is named as in the scheme is then gone, for who reads ids too.
 */
export function inFamily(request: InboundRequest, scheme: Scheme): InboundRequest {
  if (!('families' in scheme)) return request
  const [first, ...others] = scheme.families ?? []
  if (first === undefined || hasAll(request, scheme)) return request
  for (const other of others) {
    const headers = request.headers.flatMap(([name, value]): [string, string][] => {
      const key = name.toLowerCase()
      if (key.startsWith(first)) return []
      if (!key.startsWith(other)) return [[name, value]]
      return [
        [first + key.slice(other.length), value],
        [name, value],
      ]
    })
    const renamed = { ...request, headers }
    if (hasAll(renamed, scheme)) return renamed
  }
  return request
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

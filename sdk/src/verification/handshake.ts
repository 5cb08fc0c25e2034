// What a provider asks before it sends, or from time to time: answered as it wants, never an event.
import { type Body, isForm, readBody } from './body.ts'
import { isSameSecret } from './encoding.ts'
import { type ExpressionGiven, evaluate } from './expression.ts'
import type { Answer, Handshake, Preset } from './preset.ts'
import {
  headerValue,
  headerValues,
  type InboundRequest,
  queryValue,
  queryValues,
} from './request.ts'
import type { Place, Scheme } from './scheme.ts'
import { activeSecrets, type SecretIn, secretKey } from './secrets.ts'
import type { Verdict } from './verify-scheme.ts'
import { WebhookError } from './webhook-error.ts'

const MAX_ECHO = 1024

export type HandshakeGiven = {
  scheme: Scheme
  secrets: readonly SecretIn[]
  now: Date
  /** Checks the request itself, when the handshake asks for it. */
  verify: () => Promise<Verdict>
  /** What was agreed on with the provider beside the secret. */
  verifyToken?: string | null
  /** Origins that may send events here; absent: any. */
  allowedOrigins?: readonly string[]
}

export type HandshakeResult =
  | {
      kind: 'answered'
      answer: Answer
      /** To be stored as the source's secret, if it still has none. */
      capture: string | null
      /** To be fetched, through the guard, before the answer goes out. */
      confirm: string | null
    }
  | { kind: 'rejected'; status: number; error: WebhookError }

/** The answer to a handshake of this preset; null when the request is none of them. */
export async function answerHandshake(
  request: InboundRequest,
  preset: Preset,
  given: HandshakeGiven,
): Promise<HandshakeResult | null> {
  const body = readBody(request)
  const hasSecret = given.secrets.length > 0
  const handshake = preset.handshakes?.find(
    ({ when, capture }) => !(capture && hasSecret) && matches(request, when, body),
  )
  if (handshake === undefined) return null
  try {
    return await answer(request, handshake, { ...given, body })
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error
    return { kind: 'rejected', status: error.status, error }
  }
}

async function answer(
  request: InboundRequest,
  handshake: Handshake,
  given: HandshakeGiven & { body: Body },
): Promise<HandshakeResult> {
  const { check, accepts = {}, capture, confirm, otherwise } = handshake
  await assertSignature(request, handshake.signature, given)
  if (check && !(await isRightToken(queryValue(request, check.query), given.verifyToken))) {
    return rejected(otherwise?.status ?? 403, 'The token is not the source’s verifyToken.')
  }
  if (!isAllowed(request, handshake, given.allowedOrigins)) {
    return rejected(403, 'The origin is not among those that the source allows.')
  }
  const context = { request, body: given.body, key: keyOf(given) }
  for (const [expression, pattern] of Object.entries(accepts)) {
    const text = await evaluate(expression, context)
    if (text === null || !new RegExp(pattern).test(text)) {
      return rejected(otherwise?.status ?? 400, `The challenge is not ${pattern}.`)
    }
  }
  const confirmed = confirm && (await evaluate(confirm.url, context))
  if (confirm && !(confirmed && new RegExp(confirm.pattern).test(confirmed))) {
    return rejected(401, 'The address to confirm is not one of the provider’s.')
  }
  return {
    kind: 'answered',
    answer: await toAnswer(handshake.answer, context),
    capture: capture ? await required(capture.from, context) : null,
    confirm: confirmed ?? null,
  }
}

const rejected = (status: number, message: string): HandshakeResult => ({
  kind: 'rejected',
  status,
  error: new WebhookError('signature_mismatch', message),
})

async function assertSignature(
  request: InboundRequest,
  signature: Handshake['signature'],
  { scheme, verify }: HandshakeGiven,
) {
  if (signature === 'none') return
  if (signature === 'if-present' && !hasSignature(request, scheme)) return
  const verdict = await verify()
  if (!verdict.ok) throw verdict.error
}

/** Even an empty one is there. */
function hasSignature(request: InboundRequest, scheme: Scheme): boolean {
  const place = placeOf(scheme)
  const headers = 'headers' in place ? place.headers : []
  if (headers.some((name) => headerValues(request, name).length > 0)) return true
  return 'query' in place && queryValues(request, place.query).length > 0
}

function placeOf(scheme: Scheme): Place {
  if ('signature' in scheme) return scheme.signature
  if ('in' in scheme && !('basic' in scheme.in) && !('body' in scheme.in)) return scheme.in
  return { headers: ['authorization'] }
}

async function isRightToken(sent: string | undefined, token: string | null | undefined) {
  return sent !== undefined && !!token && (await isSameSecret(sent, token))
}

function isAllowed(
  request: InboundRequest,
  { origin }: Handshake,
  allowed: readonly string[] | undefined,
): boolean {
  if (origin === undefined || allowed === undefined) return true
  const asking = headerValue(request, origin.header)?.toLowerCase()
  return allowed.some((name) => name === '*' || name.toLowerCase() === asking)
}

function matches(request: InboundRequest, when: Handshake['when'], body: Body): boolean {
  if (request.method.toUpperCase() !== when.method) return false
  if (!(when.query ?? []).every((entry) => hasQuery(request, entry))) return false
  if (when.header !== undefined && !hasHeader(request, when.header)) return false
  return when.body === undefined || hasBody(request, when.body, body)
}

function hasQuery(request: InboundRequest, entry: string): boolean {
  const [name = '', value] = entry.split('=', 2)
  const values = queryValues(request, name)
  return value === undefined ? values.length > 0 : values.length === 1 && values[0] === value
}

function hasHeader(request: InboundRequest, wanted: NonNullable<Handshake['when']['header']>) {
  if (typeof wanted === 'string') return headerValues(request, wanted).length > 0
  return headerValues(request, wanted.name).some((value) => value === wanted.equals)
}

function hasBody(
  request: InboundRequest,
  wanted: NonNullable<Handshake['when']['body']>,
  body: Body,
): boolean {
  if ('form' in wanted) {
    if (!isForm(request)) return false
    const names = [...new URLSearchParams(new TextDecoder().decode(request.body)).keys()]
    return names.length === 1 && names[0] === wanted.form
  }
  const found = readable(body, wanted.pointer)
  if (!('equals' in wanted)) return found !== undefined
  return JSON.stringify(found) === JSON.stringify(wanted.equals)
}

/** A body that cannot be read is no handshake. */
function readable(body: Body, pointer: string): unknown {
  try {
    return body.at(pointer)
  } catch (error) {
    if (error instanceof WebhookError) return undefined
    throw error
  }
}

/** The newest secret answers: its provider was told of it last. */
function keyOf({ scheme, secrets, now }: HandshakeGiven): ExpressionGiven['key'] {
  if (secrets.length === 0) return null
  const [first] = activeSecrets(secrets, now)
  return first ? secretKey(first.secret, scheme.kind === 'hmac' ? scheme.key : undefined) : null
}

async function required(expression: string, context: ExpressionGiven): Promise<string> {
  const text = await evaluate(expression, context)
  if (text === null || text === '') {
    throw new WebhookError('signature_missing', `The handshake lacks ${expression}.`)
  }
  if (text.length <= MAX_ECHO) return text
  throw new WebhookError('signature_malformed', `${expression} is longer than ${MAX_ECHO}.`)
}

/** An echo is text that no browser takes for a page. */
async function toAnswer(wanted: Handshake['answer'], context: ExpressionGiven): Promise<Answer> {
  const { status, type, text, json, headers = {} } = wanted
  const own = await Promise.all(
    Object.entries(headers).map(async ([name, expression]) => {
      const value = await required(expression, context)
      if (/^[\x20-\x7e]*$/.test(value)) return [name, value] as const
      throw new WebhookError('signature_malformed', `${expression} is no header value.`)
    }),
  )
  const typed = type && { 'content-type': type, 'x-content-type-options': 'nosniff' }
  const all = { ...typed, ...Object.fromEntries(own) }
  if (json !== undefined) return { status, headers: all, body: await fillJson(json, context) }
  if (text === undefined) return { status, headers: all }
  return { status, headers: all, body: await required(text, context) }
}

async function fillJson(json: Record<string, unknown>, context: ExpressionGiven): Promise<string> {
  const filled = await Promise.all(
    Object.entries(json).map(async ([name, value]) => [
      name,
      typeof value === 'string' ? await required(value, context) : value,
    ]),
  )
  return JSON.stringify(Object.fromEntries(filled))
}

import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { Attempt } from '../domain/attempt.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { getAttempt, listAttemptsOfEndpoint, listAttemptsOfMessage } from '../store/attempts.ts'
import { insertResend } from '../store/deliveries.ts'
import { findEndpoint } from '../store/endpoints.ts'
import { getMessage } from '../store/messages.ts'
import { time } from './fields.ts'
import {
  byId,
  choice,
  dateTime,
  envelope,
  flag,
  pageById,
  pageQuery,
  text,
  texts,
  toEnvelope,
} from './lists.ts'
import { pathId, route } from './route.ts'
import { wireShapes } from './shapes.ts'

/** An attempt is over when it has a row: 0 success or 2 fail; 1 and 3 are states of deliveries. */
const STATUSES = { '0': true, '1': null, '2': false, '3': null, '4': null } as const

const AttemptOut = z
  .object({
    id: z.string(),
    msgId: z.string(),
    endpointId: z.string(),
    url: z.string(),
    response: z.string(),
    responseStatusCode: z.number(),
    responseDurationMs: z.number(),
    status: z.union([z.literal(0), z.literal(2)]),
    statusText: z.enum(['success', 'fail']),
    triggerType: z.union([z.literal(0), z.literal(1)]),
    timestamp: time(),
    /** Why it failed, in a word and in a sentence. */
    failure: z
      .object({ code: z.string(), detail: z.string().optional(), message: z.string() })
      .optional(),
  })
  .register(wireShapes, { id: 'MessageAttemptOut' })

const attemptQuery = {
  ...pageQuery,
  status: choice(['0', '1', '2', '3', '4']),
  status_code_class: choice(['0', '100', '200', '300', '400', '500']),
  channel: text(),
  tag: text(),
  event_types: texts(),
  before: dateTime(),
  after: dateTime(),
  with_content: flag(true),
  expanded_statuses: flag(false),
}
const AttemptQuery = z.object(attemptQuery)

export const attemptRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/attempt/endpoint/:endpoint_id',
    access: 'environment',
    operationId: 'v1.message-attempt.list-by-endpoint',
    summary: 'List the attempts of an endpoint, newest first',
    query: AttemptQuery,
    status: 200,
    output: envelope(AttemptOut),
    async handle({ endpoint, query }, { store, clock }) {
      const listed = toListed(query, clock())
      if (listed === null) return EMPTY
      return toList(await listAttemptsOfEndpoint(store.db, endpoint.id, listed), query)
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/attempt/msg/:msg_id',
    access: 'environment',
    operationId: 'v1.message-attempt.list-by-msg',
    summary: 'List the attempts of a message, newest first',
    query: AttemptQuery.extend({ endpoint_id: text() }),
    status: 200,
    output: envelope(AttemptOut),
    async handle({ application, params, query }, { store, clock }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      const endpoint =
        query.endpoint_id === undefined
          ? null
          : await findEndpoint(store.db, application.id, query.endpoint_id, { withDeleted: true })
      if (endpoint === null && query.endpoint_id !== undefined) throw notFound()
      const listed = toListed(query, clock())
      if (listed === null) return EMPTY
      const owner = { messageId: message.id, endpointId: endpoint?.id ?? null }
      return toList(await listAttemptsOfMessage(store.db, owner, listed), query)
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/msg/:msg_id/attempt/:attempt_id',
    access: 'environment',
    operationId: 'v1.message-attempt.get',
    summary: 'Get an attempt',
    status: 200,
    output: AttemptOut,
    async handle({ application, params }, { store }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      const id = pathId('attempt', params['attempt_id'])
      return toAttemptOut(await getAttempt(store.db, message.id, id), { withContent: true })
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend',
    access: 'environment',
    operationId: 'v1.message-attempt.resend',
    summary: 'Send a message once more to an endpoint, past all filters',
    status: 202,
    output: z.object({}),
    async handle({ application, endpoint, params }, { store, wakeEngine }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      if (message.payload === null) {
        throw new AppError(
          'missing_payload',
          'The payload of this message is gone: it cannot be sent again',
        )
      }
      if (endpoint.disabled) {
        throw new AppError('endpoint_disabled', 'This endpoint is disabled: enable it first')
      }
      await insertResend(store.db, message.id, endpoint.id)
      wakeEngine()
      return {}
    },
  }),
]

type Query = z.output<typeof AttemptQuery>

const EMPTY = { data: [], iterator: null, done: true }

/** Null when the asked-for status is one that no attempt ever has. */
function toListed(query: Query, now: Date) {
  const request = pageById(query, 'attempt', 'descending')
  const succeeded = query.status === undefined ? null : STATUSES[query.status]
  if (succeeded === null && query.status !== undefined) return null
  const { before, after, event_types: eventTypes, status_code_class: statusClass } = query
  return {
    request,
    filter: {
      before,
      after,
      eventTypes,
      succeeded,
      statusClass: statusClass === undefined ? null : Number(statusClass),
      channel: query.channel ?? null,
      tag: query.tag ?? null,
    },
    now,
  }
}

function toList(page: Awaited<ReturnType<typeof listAttemptsOfEndpoint>>, query: Query) {
  const out = (attempt: Attempt) => toAttemptOut(attempt, { withContent: query.with_content })
  return toEnvelope(page, { name: byId, out })
}

const toAttemptOut = (
  attempt: Attempt,
  { withContent }: { withContent: boolean },
): z.input<typeof AttemptOut> => ({
  id: attempt.id,
  msgId: attempt.messageId,
  endpointId: attempt.endpointId,
  url: attempt.url,
  response: withContent ? responseText(attempt) : '{}',
  responseStatusCode: attempt.responseStatus ?? 0,
  responseDurationMs: attempt.durationMs,
  status: attempt.succeeded ? 0 : 2,
  statusText: attempt.succeeded ? 'success' : 'fail',
  triggerType: attempt.trigger === 'scheduled' ? 0 : 1,
  timestamp: attempt.attemptedAt.toISOString(),
  ...(attempt.failureCode !== null && {
    failure: {
      code: attempt.failureCode,
      ...(attempt.failureDetail !== null && { detail: attempt.failureDetail }),
      message: attempt.failureMessage ?? '',
    },
  }),
})

/** The body as text, base64 when it is none; the error when nothing came back. */
function responseText({ expunged, responseBody, responseStatus, failureMessage }: Attempt): string {
  if (expunged) return 'EXPUNGED'
  if (responseStatus === null) return failureMessage ?? ''
  if (responseBody === null) return ''
  const whole = withoutCutCharacter(responseBody)
  return isUtf8(whole) ? whole.toString('utf8') : responseBody.toString('base64')
}

/** How much of a body is kept: what is as long as that may end inside a character. */
const KEPT_BYTES = 20_000

function withoutCutCharacter(body: Buffer): Buffer {
  if (body.length < KEPT_BYTES) return body
  for (let length = 1; length <= 3; length++) {
    const byte = body[body.length - length]!
    if ((byte & 0xc0) === 0x80) continue
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length < wanted ? body.subarray(0, -length) : body
  }
  return body
}

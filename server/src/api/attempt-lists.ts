import { z } from 'zod'
import type { Application } from '../domain/application.ts'
import type { Attempt } from '../domain/attempt.ts'
import { notFound } from '../domain/errors.ts'
import { countAttempts, listAttempts } from '../store/attempts.ts'
import type { Db } from '../store/connect.ts'
import { findEndpoint } from '../store/endpoints.ts'
import { getMessage, listMessagesById } from '../store/messages.ts'
import type { Page } from '../store/page.ts'
import { AttemptOut, toAttemptOut } from './attempt-shape.ts'
import type { ApiDeps } from './deps.ts'
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
import { toBareMessage } from './message-shape.ts'
import { route } from './route.ts'

/** An attempt is over when it has a row: 0 success or 2 fail; 1 and 3 are states of deliveries. */
const STATUSES = { '0': true, '1': null, '2': false, '3': null, '4': null } as const

const filterQuery = {
  status: choice(['0', '1', '2', '3', '4']),
  status_code_class: choice(['0', '100', '200', '300', '400', '500']),
  channel: text(),
  tag: text(),
  event_types: texts(),
  before: dateTime(),
  after: dateTime(),
}
const AttemptQuery = z.object({
  ...pageQuery,
  ...filterQuery,
  with_content: flag(true),
  with_msg: flag(false),
  expanded_statuses: flag(false),
})
const OfMessageQuery = AttemptQuery.extend({ endpoint_id: text() })

/** Counting further would cost more than anybody learns from it. */
const MAX_COUNT = 10_000

export const attemptListRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/attempt/endpoint/:endpoint_id',
    access: 'application',
    operationId: 'v1.message-attempt.list-by-endpoint',
    summary: 'List the attempts of an endpoint, newest first',
    query: AttemptQuery,
    status: 200,
    output: envelope(AttemptOut),
    async handle({ application, endpoint, query }, { store, clock }) {
      const listed = toListed(query, clock())
      if (listed === null) return EMPTY
      const owner = { applicationId: application.id, endpointId: endpoint.id }
      return toList(store.db, await listAttempts(store.db, owner, listed), query)
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/attempt/endpoint/:endpoint_id/count',
    access: 'application',
    operationId: 'v1.message-attempt.count-by-endpoint',
    summary: `Count the attempts of an endpoint, up to ${MAX_COUNT}`,
    query: z.object(filterQuery),
    status: 200,
    output: z.object({ count: z.number(), approximated: z.boolean() }),
    async handle({ application, endpoint, query }, { store, clock }) {
      const listed = toListed({ ...query, limit: MAX_COUNT }, clock())
      if (listed === null) return { count: 0, approximated: false }
      const owner = { applicationId: application.id, endpointId: endpoint.id }
      return countAttempts(store.db, owner, listed)
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/attempt/msg/:msg_id',
    access: 'application',
    operationId: 'v1.message-attempt.list-by-msg',
    summary: 'List the attempts of a message, newest first',
    query: OfMessageQuery,
    status: 200,
    output: envelope(AttemptOut),
    async handle({ application, params, query }, deps) {
      const owner = { message: params['msg_id']!, endpoint: query.endpoint_id }
      return listOfMessage({ application, query, owner }, deps)
    },
  }),

  // The two older names of the same list.
  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/msg/:msg_id/attempt',
    access: 'application',
    operationId: 'v1.message-attempt.list-by-msg-deprecated',
    summary: 'List the attempts of a message: the older route',
    query: OfMessageQuery,
    status: 200,
    output: envelope(AttemptOut),
    async handle({ application, params, query }, deps) {
      const owner = { message: params['msg_id']!, endpoint: query.endpoint_id }
      return listOfMessage({ application, query, owner }, deps)
    },
  }),

  // Deleted endpoints are found too, so this one finds its endpoint itself.
  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/msg/:msg_id/endpoint/:endpoint_ref/attempt',
    access: 'application',
    operationId: 'v1.message-attempt.list-by-endpoint-deprecated',
    summary: 'List the attempts of a message to an endpoint: the older route',
    query: AttemptQuery,
    status: 200,
    output: envelope(AttemptOut),
    async handle({ application, params, query }, deps) {
      const owner = { message: params['msg_id']!, endpoint: params['endpoint_ref'] }
      return listOfMessage({ application, query, owner }, deps)
    },
  }),
]

type Query = z.output<typeof AttemptQuery>
type Filters = z.output<z.ZodObject<typeof filterQuery>> & {
  limit: number
  iterator?: string | undefined
}
type OfMessage = {
  application: Application
  query: Query
  owner: { message: string; endpoint: string | undefined }
}

const EMPTY = { data: [], iterator: null, done: true }

async function listOfMessage({ application, query, owner }: OfMessage, deps: ApiDeps) {
  const { db } = deps.store
  const message = await getMessage(db, application.id, owner.message)
  const endpoint =
    owner.endpoint === undefined
      ? null
      : await findEndpoint(db, application.id, owner.endpoint, { withDeleted: true })
  if (endpoint === null && owner.endpoint !== undefined) throw notFound()
  const listed = toListed(query, deps.clock())
  if (listed === null) return EMPTY
  const ids = {
    applicationId: application.id,
    messageId: message.id,
    ...(endpoint !== null && { endpointId: endpoint.id }),
  }
  return toList(db, await listAttempts(db, ids, listed), query)
}

/** Null when the asked-for status is one that no attempt ever has. */
function toListed(query: Filters, now: Date) {
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

async function toList(db: Db, page: Page<Attempt>, query: Query) {
  const wanted = query.with_msg ? page.items.map(({ messageId }) => messageId) : []
  const messages = await listMessagesById(db, wanted)
  const out = (attempt: Attempt) => {
    const message = messages.get(attempt.messageId)
    return {
      ...toAttemptOut(attempt, { withContent: query.with_content }),
      ...(message !== undefined && { msg: toBareMessage(message) }),
    }
  }
  return toEnvelope(page, { name: byId, out })
}

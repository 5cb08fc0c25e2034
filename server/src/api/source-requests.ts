// What came to a source: accepted, or not and why.
import { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { newId, timeOf } from '../domain/ids.ts'
import { type InboundRequest, OUTCOMES } from '../domain/source.ts'
import { getInboundRequest, listInboundRequests } from '../store/inbound-requests.ts'
import { listForSendingAgain } from '../store/messages.ts'
import { time } from './fields.ts'
import {
  byId,
  choice,
  envelope,
  orderQuery,
  pageById,
  pageQuery,
  text,
  toEnvelope,
} from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/source/:source_id/request'
const ONE = '/api/v1/source/:source_id/request/:request_id'

const FindingOut = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
})

const InboundRequestOut = z
  .object({
    id: z.string(),
    receivedAt: time(),
    outcome: z.enum(OUTCOMES),
    reason: z.string().nullable(),
    findings: z.array(FindingOut),
    method: z.string(),
    target: z.string(),
    httpVersion: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    remoteAddress: z.string(),
    bodyBytes: z.number(),
    eventType: z.string().nullable(),
    eventId: z.string().nullable(),
    eventAt: time().nullable(),
    messageIds: z.array(z.string()),
    held: z.boolean(),
    verification: z
      .object({
        scheme: z.string(),
        secretId: z.string().nullable(),
        skewSeconds: z.number().nullable(),
        bodyAuthenticated: z.boolean(),
      })
      .nullable(),
    answerStatus: z.number(),
    duplicates: z.number(),
    replaySuspected: z.boolean(),
    duplicateOf: z.string().nullable(),
  })
  .register(wireShapes, { id: 'InboundRequestOut' })

const WithBody = InboundRequestOut.extend({
  /** Base64; null when it was erased with its message. Of what was rejected the first 64 KiB. */
  body: z.string().nullable(),
  bodyTruncated: z.boolean(),
}).register(wireShapes, { id: 'InboundRequestWithBodyOut' })

export const sourceRequestRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.source.list-requests',
    summary:
      'List what came to a source, newest first; of what was not accepted the last 100 a kind',
    query: z.object({
      ...pageQuery,
      ...orderQuery,
      outcome: choice(OUTCOMES),
      reason: text(),
      event_type: text(),
    }),
    status: 200,
    output: envelope(InboundRequestOut),
    async handle({ source, query }, { store }) {
      const page = await listInboundRequests(store.db, source.id, {
        request: pageById(query, 'inboundRequest', 'descending'),
        filter: {
          outcome: query.outcome ?? null,
          reason: query.reason ?? null,
          eventType: query.event_type ?? null,
        },
      })
      return toEnvelope(page, { name: byId, out: toRequestOut })
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.source.get-request',
    summary: 'Get a request with its body',
    status: 200,
    output: WithBody,
    async handle({ source, params }, { store }) {
      return wholeRequest(await getInboundRequest(store.db, source.id, params['request_id']!))
    },
  }),

  route({
    method: 'POST',
    path: `${ONE}/replay`,
    access: 'environment',
    operationId: 'bellwire.source.replay-request',
    summary: 'Route an accepted request again, as new messages with the tag "replay"',
    status: 202,
    output: z.object({ messageIds: z.array(z.string()) }).register(wireShapes, {
      id: 'InboundReplayOut',
    }),
    // Its messages are committed like any others, in a statement of their own.
    transaction: false,
    records: { nothing: 'a message is its own record' },
    async handle({ source, params, caller }, { store, accept, retentionDays }) {
      const { request } = await getInboundRequest(store.db, source.id, params['request_id']!)
      if (request.outcome !== 'accepted') {
        throw new AppError('conflict', `It was not accepted: its outcome is ${request.outcome}`)
      }
      const messages = await listForSendingAgain(store.db, request.messageIds)
      if (messages.length < request.messageIds.length) {
        throw new AppError('missing_payload', 'The body of this request was erased')
      }
      const { environmentId } = caller
      const replayed = messages.map(({ applicationId, payload, tags, headers, ...message }) => ({
        ...message,
        id: newId('message'),
        environmentId,
        application: { id: applicationId },
        payload: payload!,
        tags: [...(tags ?? []), 'replay'],
        deliverAt: null,
        idempotency: null,
        retentionHours: Math.min(90, retentionDays) * 24,
        ...(headers !== null && { headers }),
      }))
      for (const message of replayed) await accept(message)
      return { messageIds: replayed.map(({ id }) => id) }
    },
  }),
]

type Whole = Awaited<ReturnType<typeof getInboundRequest>>

export const wholeRequest = ({ request, body }: Whole): z.input<typeof WithBody> => ({
  ...toRequestOut(request),
  body: body === null ? null : body.toString('base64'),
  bodyTruncated: body !== null && body.length < request.bodyBytes,
})

const toRequestOut = (request: InboundRequest): z.input<typeof InboundRequestOut> => ({
  ...request,
  receivedAt: timeOf(request.id).toISOString(),
  eventAt: request.eventAt?.toISOString() ?? null,
})

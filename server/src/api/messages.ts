import { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import { invalid } from '../domain/errors.ts'
import { newId, parseId } from '../domain/ids.ts'
import { memberBytes } from '../domain/json-bytes.ts'
import type { Message } from '../domain/message.ts'
import { type TraceContext, toTraceHeaders } from '../domain/trace-context.ts'
import { expungePayload, getMessage, listMessages } from '../store/messages.ts'
import type { NewMessage } from '../store/statements/accept-messages.ts'
import { acceptOnce } from './accept-once.ts'
import { ApplicationIn } from './applications.ts'
import { checkPayload } from './check-payload.ts'
import { assertDeliverAt, deliverAt } from './deliver-at.ts'
import { channels, eventTypeName, tags, uid } from './fields.ts'
import { answered, type Idempotency } from './idempotency.ts'
import { assertSameApplication } from './inline-application.ts'
import {
  byId,
  dateTime,
  envelope,
  flag,
  pageById,
  pageQuery,
  text,
  texts,
  toEnvelope,
} from './lists.ts'
import { MessageOut, toEnvelopeJson, toMessageJson } from './message-shape.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

/** The older SDKs call it `data`; in both spellings only an object will do. */
const payload = () => z.record(z.string(), z.unknown(), { error: 'expected a JSON object' })
const DAY_HOURS = 24
const MAX_PARAMS = 8_192

export const MessageIn = z
  .object({
    eventType: eventTypeName(),
    payload: payload().optional(),
    data: payload().optional(),
    eventId: uid('message').nullish(),
    channels: channels().nullish(),
    tags: tags().nullish(),
    payloadRetentionPeriod: z.number().int().min(1).max(90).nullish(),
    payloadRetentionHours: z.number().int().min(1).max(2160).nullish(),
    transformationsParams: z
      .looseObject({
        rawPayload: z
          .string()
          .refine(
            (text) => text.isWellFormed(),
            'holds half a surrogate pair, which no bytes stand for',
          )
          .optional(),
        headers: z.record(z.string(), z.string()).optional(),
      })
      .refine((params) => JSON.stringify(forCode(params)).length <= MAX_PARAMS, {
        error: `at most ${MAX_PARAMS} characters as JSON, without rawPayload`,
      })
      .meta({
        description: 'Handed to the code of endpoints, but for rawPayload: that is the payload',
      })
      .nullish(),
    deliverAt: deliverAt().nullish(),
    application: ApplicationIn.nullish(),
  })
  .refine((message) => message.payload !== undefined || message.data !== undefined, {
    path: ['payload'],
    error: 'required: the JSON object to deliver',
    params: { type: 'value_error.jsondecode' },
  })
  .meta({ anyOf: [{ required: ['payload'] }, { required: ['data'] }] })
  .register(wireShapes, { id: 'MessageIn' })

const PATH = '/api/v1/app/:app_id/msg'

export const messageRoutes = [
  // The hot path: the application is resolved in the statement that stores the message.
  route({
    method: 'POST',
    path: '/api/v1/app/:app_ref/msg',
    access: 'environment',
    sends: true,
    operationId: 'v1.message.create',
    summary: 'Accept a message; 202 means that it is on disk with its deliveries',
    query: z.object({ with_content: flag(true) }),
    body: MessageIn,
    status: 202,
    output: MessageOut,
    // One statement of its own, shared with the messages that arrive at the same time.
    transaction: false,
    records: { nothing: 'a message is its own record; an application that it brings is noted' },
    async handle({ caller, params, query, body, bytes, idempotency, trace }, deps) {
      const given = { reference: params['app_ref']!, caller, body, bytes, idempotency, trace }
      const { message, isNew } = await acceptMessage(given, deps)
      const json = toMessageJson(message, { withContent: query.with_content })
      return isNew ? json : answered(202, json)
    },
  }),

  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'v1.message.list',
    summary: 'List the messages of an application, newest first',
    query: z.object({
      ...pageQuery,
      channel: text(),
      tag: text(),
      event_types: texts(),
      before: dateTime(),
      after: dateTime(),
      with_content: flag(true),
    }),
    status: 200,
    output: envelope(MessageOut),
    async handle({ application, query }, { store, clock }) {
      const { before, after, event_types: eventTypes } = query
      const page = await listMessages(store.db, application.id, {
        request: pageById(query, 'message', 'descending'),
        filter: {
          before,
          after,
          eventTypes,
          channel: query.channel ?? null,
          tag: query.tag ?? null,
        },
        now: clock(),
      })
      const out = (message: Message) => toMessageJson(message, { withContent: query.with_content })
      return toEnvelopeJson(toEnvelope(page, { name: byId, out }))
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/msg/:msg_id',
    access: 'application',
    operationId: 'v1.message.get',
    summary: 'Get a message by id or eventId',
    query: z.object({ with_content: flag(true) }),
    status: 200,
    output: MessageOut,
    async handle({ application, params, query }, { store }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      return toMessageJson(message, { withContent: query.with_content })
    },
  }),

  route({
    method: 'DELETE',
    path: '/api/v1/app/:app_id/msg/:msg_id/content',
    access: 'environment',
    operationId: 'v1.message.expunge-content',
    summary: 'Erase the payload of a message',
    status: 204,
    records: 'message',
    async handle({ application, params }, { store, record }) {
      const { id, eventId } = await getMessage(store.db, application.id, params['msg_id']!)
      await expungePayload(store.db, id)
      await record(store.db, {
        target: { kind: 'message', id, uid: eventId },
        applicationId: application.id,
        after: { expunged: true },
      })
    },
  }),
]

type Body = z.output<typeof MessageIn>

type Given = {
  /** Id or uid of the application. */
  reference: string
  caller: Caller
  body: Body
  /** The JSON text that `body` was read from. */
  bytes: Buffer
  idempotency: Idempotency | null
  trace: TraceContext | null
}

/** One message from the wire to the disk, alone or of a batch; throws like `acceptOnce`. */
export async function acceptMessage(
  { reference, caller, body, bytes, idempotency, trace }: Given,
  deps: HandlerDeps,
) {
  const message = toNewMessage(body, bytes, deps)
  const applicationId = parseId('application', reference)
  const { environmentId } = caller
  const addressed: NewMessage = {
    ...message,
    schemaError: await checkPayload(message, { environmentId, idempotency }, deps),
    idempotency,
    environmentId,
    application: applicationId === null ? { uid: reference } : { id: applicationId },
    ...(trace !== null && { headers: toTraceHeaders(trace) }),
  }
  assertSameApplication(body.application, reference)
  await assertDeliverAt(message.deliverAt, idempotency, deps)
  return acceptOnce(addressed, body.application, deps)
}

function toNewMessage(body: Body, bytes: Buffer, { retentionDays }: { retentionDays: number }) {
  const raw = body.transformationsParams?.rawPayload
  const days = body.payloadRetentionPeriod ?? Math.min(90, retentionDays)
  return {
    id: newId('message'),
    eventType: body.eventType,
    eventId: body.eventId ?? null,
    channels: body.channels ?? null,
    tags: body.tags ?? null,
    contentType: contentTypeOf(body),
    // The exact bytes of the member: never through JavaScript's numbers and back.
    payload:
      raw === undefined
        ? memberBytes(bytes, body.payload === undefined ? 'data' : 'payload')!
        : Buffer.from(raw),
    params: paramsOf(body),
    deliverAt: body.deliverAt ?? null,
    retentionHours: body.payloadRetentionHours ?? days * DAY_HOURS,
  }
}

const forCode = ({ rawPayload: _, ...params }: Record<string, unknown>) => params

/** Null when there is nothing in it. */
function paramsOf({ transformationsParams }: Body): object | null {
  const params = forCode(transformationsParams ?? {})
  return Object.keys(params).length === 0 ? null : params
}

/** Null is JSON, as the payload was written. */
function contentTypeOf(body: Body): string | null {
  const headers = Object.entries(body.transformationsParams?.headers ?? {})
  const given = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  if (given === undefined) {
    return body.transformationsParams?.rawPayload === undefined ? null : 'application/json'
  }
  if (!/^[\x20-\x7e]{1,256}$/.test(given)) {
    throw invalid(
      ['body', 'transformationsParams', 'headers', 'content-type'],
      'may hold up to 256 printable ASCII characters',
    )
  }
  return given
}

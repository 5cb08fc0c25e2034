// What an integration platform shows its user before they subscribe: the events, samples of them, and
// their fields, custom ones included.
import { z } from 'zod'
import { type Caller, visibleFlags } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import type { EventType } from '../domain/event-type.ts'
import { elementBytes, memberBytes } from '../domain/json-bytes.ts'
import { getEventType, listEventTypes } from '../store/event-types.ts'
import { listRecentPayloads } from '../store/recent-payloads.ts'
import { JsonText } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { EVENT_TYPE_NAME } from './fields.ts'
import { applicationOf, ofApplication } from './hooks.ts'
import { envelope, orderQuery, pageByName, pageQuery, toEnvelope } from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const ONE = '/hooks/events/:event_type_name'
const SAMPLES = 3
/** Enough to meet fields that only some payloads have. */
const LOOKED_AT = 100
/** The version of a schema that payloads are held against. */
const VERSION = '1'

const EventOut = z
  .object({
    name: z.string(),
    description: z.string(),
    groupName: z.string().nullable(),
    deprecated: z.boolean(),
  })
  .register(wireShapes, { id: 'HookEventOut' })

const FieldOut = z
  .object({
    /** Steps joined by dots; `[]` stands for the elements of an array. */
    key: z.string(),
    path: z.array(z.string()),
    /** The title in the schema, or the key. */
    label: z.string(),
    type: z.enum(['string', 'integer', 'number', 'boolean', 'array', 'object', 'null', 'any']),
    format: z.string().optional(),
    nullable: z.boolean(),
    /** Payloads have it although the schema does not name it. */
    custom: z.boolean(),
    sample: z.unknown().optional().meta({ description: 'The newest value that was not null' }),
  })
  .register(wireShapes, { id: 'HookFieldOut' })

export const hookEventRoutes = [
  route({
    method: 'GET',
    path: '/hooks/events',
    access: 'application',
    hooks: true,
    operationId: 'bellwire.hook.list-events',
    summary: 'List the event types that a hook can have',
    query: z.object({ ...ofApplication, ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(EventOut),
    async handle({ caller, query }, deps) {
      await applicationOf(caller, query, deps)
      const request = pageByName(query, 'ascending', EVENT_TYPE_NAME)
      const page = await listEventTypes(deps.store.db, caller.environmentId, request, {
        includeArchived: false,
        flags: visibleFlags(caller),
      })
      return toEnvelope(page, { name: ({ name }) => name, out: toEventOut })
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/sample`,
    access: 'application',
    hooks: true,
    operationId: 'bellwire.hook.list-samples',
    summary: 'The newest payloads that the application has of an event type, else the examples',
    query: z.object(ofApplication),
    status: 200,
    output: z.object({
      data: z.array(z.record(z.string(), z.unknown())),
      from: z.enum(['messages', 'schema']),
    }),
    async handle({ caller, query, params }, deps) {
      const { schema, payloads } = await read({ caller, query, params, count: SAMPLES }, deps)
      const examples = schema && memberBytes(schema, 'examples')
      const samples = payloads.length > 0 ? payloads : elementBytes(examples ?? Buffer.of())
      const data = samples.map((sample) => sample.toString()).filter(isObjectText)
      const from = payloads.length > 0 ? 'messages' : 'schema'
      return new JsonText(`{"data":[${data.join(',')}],"from":"${from}"}`)
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/fields`,
    access: 'application',
    hooks: true,
    operationId: 'bellwire.hook.list-fields',
    summary: 'The fields of an event type: of its schema, and those that payloads really have',
    query: z.object(ofApplication),
    status: 200,
    output: z.object({ data: z.array(FieldOut) }),
    async handle({ caller, query, params }, deps) {
      const { schema, payloads } = await read({ caller, query, params, count: LOOKED_AT }, deps)
      const texts = payloads.map((payload) => payload.toString())
      const listed = await deps.schemas.listFields(schema?.toString() ?? null, texts)
      if ('result' in listed) return new JsonText(`{"data":${listed.result}}`)
      const message = `The fields of ${params['event_type_name']} cannot be told: ${listed.failed}`
      throw new AppError('invalid_scheme', message)
    },
  }),
]

type Asked = {
  caller: Caller
  query: { app_id?: string | undefined }
  params: Record<string, string>
  count: number
}

/** Throws not_found for an event type that the caller does not see. */
async function read({ caller, query, params, count }: Asked, deps: ApiDeps) {
  const { db } = deps.store
  const { id } = await applicationOf(caller, query, deps)
  const { name, schemas } = await getEventType(
    db,
    caller.environmentId,
    params['event_type_name']!,
    { flags: visibleFlags(caller) },
  )
  const schema = schemas === null ? null : memberBytes(Buffer.from(schemas), VERSION)
  return { schema, payloads: await listRecentPayloads(db, id, { eventType: name, count }) }
}

const toEventOut = ({ name, description, groupName, deprecated }: EventType) => ({
  ...{ name, description, groupName, deprecated },
})

function isObjectText(text: string): boolean {
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

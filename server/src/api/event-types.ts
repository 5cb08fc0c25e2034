import { z } from 'zod'
import { type Caller, visibleFlags } from '../domain/access.ts'
import { invalid } from '../domain/errors.ts'
import type { EventType } from '../domain/event-type.ts'
import type { Db } from '../store/connect.ts'
import {
  archiveEventType,
  deleteEventType,
  type EventTypeFields,
  findEventType,
  getEventType,
  insertEventType,
  listEventTypes,
  updateEventType,
} from '../store/event-types.ts'
import { Answer } from './answer.ts'
import { defined } from './applications.ts'
import { cleanText, EVENT_TYPE_NAME, eventTypeName, featureFlagName, time } from './fields.ts'
import { insertOrFind } from './insert-or-find.ts'
import { envelope, flag, orderQuery, pageByName, pageQuery, toEnvelope } from './lists.ts'
import { fieldsOf, type Recorder } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const EventTypeUpdate = z
  .object({
    description: cleanText(10_000),
    archived: z.boolean().optional(),
    deprecated: z.boolean().optional(),
    schemas: z.record(z.string().max(16), z.record(z.string(), z.unknown())).nullish(),
    featureFlag: featureFlagName().nullish(),
    featureFlags: z.array(featureFlagName()).max(20).nullish(),
    groupName: cleanText(256).nullish(),
  })
  .register(wireShapes, { id: 'EventTypeUpdate' })
const EventTypeIn = EventTypeUpdate.extend({ name: eventTypeName() }).register(wireShapes, {
  id: 'EventTypeIn',
})
const EventTypePatch = EventTypeUpdate.partial().register(wireShapes, { id: 'EventTypePatch' })

const EventTypeOut = z
  .object({
    name: z.string(),
    description: z.string(),
    archived: z.boolean(),
    deprecated: z.boolean(),
    schemas: z.record(z.string(), z.unknown()).nullable(),
    featureFlag: z.string().nullable(),
    featureFlags: z.array(z.string()).nullable(),
    groupName: z.string().nullable(),
    createdAt: time(),
    updatedAt: time(),
  })
  .register(wireShapes, { id: 'EventTypeOut' })

const PATH = '/api/v1/event-type'
const ONE = '/api/v1/event-type/:event_type_name'

export const eventTypeRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'v1.event-type.list',
    summary: 'List event types by name',
    query: z.object({
      ...pageQuery,
      ...orderQuery,
      include_archived: flag(false),
      with_content: flag(false),
    }),
    status: 200,
    output: envelope(EventTypeOut),
    async handle({ caller, query }, { store }) {
      const request = pageByName(query, 'ascending', EVENT_TYPE_NAME)
      const page = await listEventTypes(store.db, caller.environmentId, request, {
        includeArchived: query.include_archived,
        flags: visibleFlags(caller),
      })
      const out = (eventType: EventType) =>
        toEventTypeOut(query.with_content ? eventType : { ...eventType, schemas: null })
      return toEnvelope(page, { name: (eventType) => eventType.name, out })
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'v1.event-type.create',
    summary: 'Create an event type; an archived one is brought back',
    body: EventTypeIn,
    status: 201,
    output: EventTypeOut,
    records: 'event-type',
    async handle({ caller, body }, { store, record }) {
      return toEventTypeOut(await create(store.db, { caller, name: body.name, body, record }))
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'application',
    operationId: 'v1.event-type.get',
    summary: 'Get an event type',
    status: 200,
    output: EventTypeOut,
    async handle({ caller, params }, { store }) {
      const { environmentId } = caller
      const visible = { flags: visibleFlags(caller) }
      return toEventTypeOut(
        await getEventType(store.db, environmentId, params['event_type_name']!, visible),
      )
    },
  }),

  route({
    method: 'PUT',
    path: ONE,
    access: 'environment',
    operationId: 'v1.event-type.upsert',
    summary: 'Create or replace an event type; the path is its name',
    body: EventTypeUpdate,
    status: 200,
    alsoStatus: 201,
    output: EventTypeOut,
    records: 'event-type',
    async handle({ caller, params, body }, { store, record }) {
      const { environmentId } = caller
      const name = checkedName(params['event_type_name'])
      const find = (db: Db) => findEventType(db, environmentId, name)
      if ((await find(store.db)) === null) {
        const insert = (db: Db) => create(db, { caller, name, body, record })
        const { thing, isNew } = await insertOrFind(store.db, { insert, find })
        if (isNew) return new Answer(201, toEventTypeOut(thing))
      }
      const wanted = { caller, name, fields: toFields(body), record }
      return toEventTypeOut(await change(store.db, wanted))
    },
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'environment',
    operationId: 'v1.event-type.patch',
    summary: 'Change some fields of an event type',
    body: EventTypePatch,
    bodyOptional: true,
    status: 200,
    output: EventTypeOut,
    records: 'event-type',
    async handle({ caller, params, body }, { store, record }) {
      const name = params['event_type_name']!
      const fields = defined(toPatchFields(body))
      return toEventTypeOut(await change(store.db, { caller, name, fields, record }))
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'v1.event-type.delete',
    summary: 'Archive an event type, or remove it for good',
    query: z.object({ expunge: flag(false) }),
    status: 204,
    records: 'event-type',
    async handle({ caller, params, query }, { store, record }) {
      const name = params['event_type_name']!
      if (query.expunge) {
        const gone = await deleteEventType(store.db, caller.environmentId, name)
        await record(store.db, { target: targetOf(name), before: fieldsOf(gone) })
      } else {
        const { before, after } = await archiveEventType(store.db, caller.environmentId, name)
        await record(store.db, {
          target: targetOf(name),
          before: fieldsOf(before),
          after: fieldsOf(after),
        })
      }
    },
  }),
]

type Named = { caller: Caller; name: string; record: Recorder }

async function create(
  db: Db,
  { caller, name, body, record }: Named & { body: z.output<typeof EventTypeUpdate> },
) {
  const eventType = await insertEventType(db, caller.environmentId, name, toFields(body))
  await record(db, { target: targetOf(name), after: fieldsOf(eventType) })
  return eventType
}

async function change(
  db: Db,
  { caller, name, fields, record }: Named & { fields: Partial<EventTypeFields> },
) {
  const { before, after } = await updateEventType(db, caller.environmentId, name, fields)
  await record(db, { target: targetOf(name), before: fieldsOf(before), after: fieldsOf(after) })
  return after
}

const targetOf = (name: string) => ({ kind: 'event-type', id: name }) as const

function checkedName(name: string | undefined): string {
  const parsed = eventTypeName().safeParse(name)
  if (parsed.success) return parsed.data
  throw invalid(['path', 'event_type_name'], parsed.error.issues[0]!.message)
}

const toPatchFields = (body: z.output<typeof EventTypePatch>) => ({
  description: body.description,
  archived: body.archived,
  deprecated: body.deprecated,
  schemas: body.schemas,
  featureFlags: flagsOf(body),
  groupName: body.groupName,
})

/** `featureFlag` is the older form of a list with one. */
function flagsOf({ featureFlag, featureFlags }: z.output<typeof EventTypePatch>) {
  if (featureFlags !== undefined) return featureFlags === null ? null : [...new Set(featureFlags)]
  if (featureFlag === undefined) return undefined
  return featureFlag === null ? null : [featureFlag]
}

const toFields = (body: z.output<typeof EventTypeUpdate>): EventTypeFields => ({
  description: body.description,
  archived: body.archived ?? false,
  deprecated: body.deprecated ?? false,
  schemas: body.schemas ?? null,
  featureFlags: flagsOf(body) ?? null,
  groupName: body.groupName ?? null,
})

const toEventTypeOut = (eventType: EventType): z.input<typeof EventTypeOut> => ({
  name: eventType.name,
  description: eventType.description,
  archived: eventType.archived,
  deprecated: eventType.deprecated,
  schemas: eventType.schemas,
  featureFlag: eventType.featureFlags?.[0] ?? null,
  featureFlags: eventType.featureFlags,
  groupName: eventType.groupName,
  createdAt: eventType.createdAt.toISOString(),
  updatedAt: eventType.updatedAt.toISOString(),
})

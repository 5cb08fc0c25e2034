import { z } from 'zod'
import { visibleFlags } from '../domain/access.ts'
import { invalid } from '../domain/errors.ts'
import type { EventType } from '../domain/event-type.ts'
import type { Db } from '../store/connect.ts'
import { findEventType, getEventType, listEventTypes } from '../store/event-types.ts'
import { Answer } from './answer.ts'
import { defined } from './applications.ts'
import {
  assertSchemas,
  EventTypeIn,
  EventTypeOut,
  EventTypePatch,
  EventTypeUpdate,
  toEventTypeJson,
  toFields,
  toPatchFields,
} from './event-type-shape.ts'
import { archive, change, create, remove } from './event-type-writes.ts'
import { EVENT_TYPE_NAME, eventTypeName } from './fields.ts'
import { insertOrFind } from './insert-or-find.ts'
import { envelope, flag, orderQuery, pageByName, pageQuery, toEnvelope } from './lists.ts'
import { toEnvelopeJson } from './message-shape.ts'
import { route } from './route.ts'

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
        toEventTypeJson(query.with_content ? eventType : { ...eventType, schemas: null })
      return toEnvelopeJson(toEnvelope(page, { name: (eventType) => eventType.name, out }))
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
    before: ({ body, bytes }, deps) =>
      assertSchemas([{ text: toPatchFields(body, bytes).schemas, loc: ['body'] }], deps),
    records: 'event-type',
    async handle({ caller, body, bytes }, deps) {
      const { environmentId } = caller
      const { name } = body
      return toEventTypeJson(
        await create(deps, { environmentId, name, fields: toFields(body, bytes) }),
      )
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
      return toEventTypeJson(
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
    before: ({ body, bytes }, deps) =>
      assertSchemas([{ text: toPatchFields(body, bytes).schemas, loc: ['body'] }], deps),
    records: 'event-type',
    async handle({ caller, params, body, bytes }, deps) {
      const { environmentId } = caller
      const { store } = deps
      const name = checkedName(params['event_type_name'])
      const wanted = { environmentId, name, fields: toFields(body, bytes) }
      const find = (db: Db) => findEventType(db, environmentId, name)
      if ((await find(store.db)) === null) {
        const insert = (db: Db) => create({ ...deps, store: { ...store, db } }, wanted)
        const { thing, isNew } = await insertOrFind(store.db, { insert, find })
        if (isNew) return new Answer(201, toEventTypeJson(thing))
      }
      return toEventTypeJson(await change(deps, wanted))
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
    before: ({ body, bytes }, deps) =>
      assertSchemas([{ text: toPatchFields(body, bytes).schemas, loc: ['body'] }], deps),
    records: 'event-type',
    async handle({ caller, params, body, bytes }, deps) {
      const { environmentId } = caller
      const name = params['event_type_name']!
      const fields = defined(toPatchFields(body, bytes))
      return toEventTypeJson(await change(deps, { environmentId, name, fields }))
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
    async handle({ caller, params, query }, deps) {
      const { environmentId } = caller
      const name = params['event_type_name']!
      if (query.expunge) await remove(deps, { environmentId, name })
      else await archive(deps, { environmentId, name })
    },
  }),
]

function checkedName(name: string | undefined): string {
  const parsed = eventTypeName().safeParse(name)
  if (parsed.success) return parsed.data
  throw invalid(['path', 'event_type_name'], parsed.error.issues[0]!.message)
}

// Pollers: what a receiver without a door that we could knock on has instead of an endpoint.
import { z } from 'zod'
import type { Poller } from '../domain/poller.ts'
import { deletePoller, insertPoller, listPollers, updatePoller } from '../store/pollers.ts'
import { defined } from './applications.ts'
import { assertEventTypes, eventTypes } from './endpoint-shape.ts'
import { channels, cleanText, time, uid } from './fields.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { fieldsOf } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/app/:app_id/poller'
const ONE = '/api/v1/app/:app_id/poller/:poller_id'

const PollerIn = z
  .object({
    uid: uid('poller').nullish(),
    description: cleanText(10_000).optional(),
    eventTypes: eventTypes().nullish(),
    channels: channels().nullish(),
  })
  .register(wireShapes, { id: 'PollerIn' })

const PollerOut = z
  .object({
    id: z.string(),
    uid: z.string().nullable(),
    description: z.string(),
    eventTypes: z.array(z.string()).nullable(),
    channels: z.array(z.string()).nullable(),
    createdAt: time(),
    updatedAt: time(),
  })
  .register(wireShapes, { id: 'PollerOut' })

export const pollerRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'bellwire.poller.list',
    summary: 'List the pollers of an application',
    query: z.object({ ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(PollerOut),
    async handle({ application, query }, { store }) {
      const request = pageById(query, 'poller', 'descending')
      const page = await listPollers(store.db, application.id, request)
      return toEnvelope(page, { name: byId, out: toPollerOut })
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.poller.create',
    summary: 'Create a poller, for a receiver that fetches; it gets what is accepted from now on',
    body: PollerIn,
    bodyOptional: true,
    status: 201,
    output: PollerOut,
    records: 'poller',
    async handle({ caller, application, body }, { store, seal, record }) {
      await assertEventTypes(store.db, caller, body.eventTypes)
      const poller = await insertPoller(store.db, seal, application.id, {
        uid: body.uid ?? null,
        description: body.description ?? '',
        eventTypes: body.eventTypes ?? null,
        channels: body.channels ?? null,
      })
      await record(store.db, { ...targetOf(poller), after: fieldsOf(poller) })
      return toPollerOut(poller)
    },
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.poller.patch',
    summary: 'Change some fields of a poller; filters count for messages from now on',
    body: PollerIn,
    bodyOptional: true,
    status: 200,
    output: PollerOut,
    records: 'poller',
    async handle({ caller, poller, body }, { store, record }) {
      const { uid, description, eventTypes, channels } = body
      await assertEventTypes(store.db, caller, eventTypes)
      const patch = defined({ uid, description, eventTypes, channels })
      const after = await updatePoller(store.db, poller, patch)
      await record(store.db, {
        ...targetOf(after),
        before: fieldsOf(poller),
        after: fieldsOf(after),
      })
      return toPollerOut(after)
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.poller.delete',
    summary: 'Delete a poller with its tokens and what it still had',
    status: 204,
    records: 'poller',
    async handle({ poller }, { store, record, accessChanged }) {
      await deletePoller(store.db, poller.id)
      await record(store.db, { ...targetOf(poller), before: fieldsOf(poller) })
      accessChanged()
    },
  }),
]

/** Of a change that is noted. */
export const targetOf = ({ id, uid, applicationId }: Poller) => ({
  target: { kind: 'poller' as const, id, uid },
  applicationId,
})

const toPollerOut = (poller: Poller): z.input<typeof PollerOut> => ({
  id: poller.id,
  uid: poller.uid,
  description: poller.description,
  eventTypes: poller.eventTypes,
  channels: poller.channels,
  createdAt: poller.createdAt.toISOString(),
  updatedAt: poller.updatedAt.toISOString(),
})

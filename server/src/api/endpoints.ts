import { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import type { Application } from '../domain/application.ts'
import { problemOf } from '../domain/custom-headers.ts'
import type { EnvironmentSettings } from '../domain/environment-settings.ts'
import { invalid } from '../domain/errors.ts'
import type { Db } from '../store/connect.ts'
import { endPendingDeliveries } from '../store/deliveries.ts'
import {
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  updateEndpoint,
} from '../store/endpoints.ts'
import { getSettings } from '../store/environment-settings.ts'
import type { Seal } from '../store/sealed.ts'
import { Answer } from './answer.ts'
import { defined } from './applications.ts'
import { readSecret } from './endpoint-secrets.ts'
import {
  assertEventTypes,
  assertReachable,
  EndpointIn,
  EndpointOut,
  EndpointPatch,
  EndpointUpdate,
  parseUrl,
  toEndpointOut,
  toFields,
  toPatchFields,
} from './endpoint-shape.ts'
import { insertOrFind } from './insert-or-find.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { route } from './route.ts'

const PATH = '/api/v1/app/:app_id/endpoint'
const ONE = '/api/v1/app/:app_id/endpoint/:endpoint_id'

export const endpointRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'v1.endpoint.list',
    summary: 'List the endpoints of an application',
    query: z.object({ ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(EndpointOut),
    async handle({ application, query }, { store }) {
      const request = pageById(query, 'endpoint', 'descending')
      const page = await listEndpoints(store.db, application.id, request)
      return toEnvelope(page, { name: byId, out: toEndpointOut })
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.create',
    summary: 'Create an endpoint',
    body: EndpointIn,
    status: 201,
    output: EndpointOut,
    before: ({ caller, body }, deps) => assertReachable(body.url, { caller, deps }),
    async handle({ caller, application, body }, { store, seal, defaultSettings }) {
      const settings = await getSettings(store.db, caller.environmentId, defaultSettings)
      return toEndpointOut(await create(store.db, seal, { caller, application, body, settings }))
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'application',
    operationId: 'v1.endpoint.get',
    summary: 'Get an endpoint',
    status: 200,
    output: EndpointOut,
    async handle({ endpoint }) {
      return toEndpointOut(endpoint)
    },
  }),

  // The path value is only looked up, so this one finds its endpoint itself.
  route({
    method: 'PUT',
    path: '/api/v1/app/:app_id/endpoint/:endpoint_ref',
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.upsert',
    summary: 'Create or replace an endpoint',
    body: EndpointUpdate,
    status: 200,
    alsoStatus: 201,
    output: EndpointOut,
    before: ({ caller, body }, deps) => assertReachable(body.url, { caller, deps }),
    async handle({ caller, application, params, body }, deps) {
      const { store, seal, endpointChanged, defaultSettings } = deps
      const settings = await getSettings(store.db, caller.environmentId, defaultSettings)
      const find = (db: Db) => findEndpoint(db, application.id, params['endpoint_ref']!)
      let existing = await find(store.db)
      if (existing === null) {
        const insert = (db: Db) => create(db, seal, { caller, application, body, settings })
        const { thing, isNew } = await insertOrFind(store.db, { insert, find })
        if (isNew) return new Answer(201, toEndpointOut(thing))
        existing = thing
      }
      const fields = toFields(body)
      await assertEventTypes(store.db, caller, fields.eventTypes)
      const owned = { applicationId: application.id, id: existing.id }
      const endpoint = await updateEndpoint(store.db, seal, owned, fields)
      endpointChanged(endpoint.id)
      return toEndpointOut(endpoint)
    },
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.patch',
    summary: 'Change some fields of an endpoint',
    body: EndpointPatch,
    bodyOptional: true,
    status: 200,
    output: EndpointOut,
    before: async ({ caller, body }, deps) => {
      if (body.url !== undefined) await assertReachable(body.url, { caller, deps })
    },
    async handle({ caller, application, endpoint, body }, { store, seal, endpointChanged }) {
      const patch = defined(toPatchFields(body))
      // Credentials belong to the URL: they stay unless it is named.
      const target = body.url === undefined ? {} : parseUrl(body.url)
      await assertEventTypes(store.db, caller, patch.eventTypes)
      const owned = { applicationId: application.id, id: endpoint.id }
      const changed = await updateEndpoint(store.db, seal, owned, { ...patch, ...target })
      endpointChanged(changed.id)
      return toEndpointOut(changed)
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.delete',
    summary: 'Delete an endpoint; what waits for it is not sent',
    status: 204,
    async handle({ application, endpoint }, { store, endpointChanged, afterCommit }) {
      await deleteEndpoint(store.db, application.id, endpoint.id)
      endpointChanged(endpoint.id)
      afterCommit('deliveries.end', (db) =>
        endPendingDeliveries(db, endpoint.id, { reason: 'endpoint_deleted' }),
      )
    },
  }),
]

type Wanted = {
  caller: Caller
  application: Application
  body: z.output<typeof EndpointIn> | z.output<typeof EndpointUpdate>
  settings: EnvironmentSettings
}

async function create(db: Db, seal: Seal, { caller, application, body, settings }: Wanted) {
  const fields = toFields(body)
  const given = { secret: null, headers: null, ...body }
  const { defaultSecretKind } = settings
  const secret = readSecret(given.secret, { field: 'secret', defaultSecretKind })
  const headers = given.headers ?? {}
  const problem = problemOf(headers)
  if (problem !== null) throw invalid(['body', 'headers'], problem, 'value_error.jsondecode')
  await assertEventTypes(db, caller, fields.eventTypes)
  return insertEndpoint(db, seal, application.id, { fields, secret, headers })
}

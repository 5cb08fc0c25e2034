import { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import type { Db } from '../store/connect.ts'
import { listEndpoints } from '../store/endpoints.ts'
import { defined } from './applications.ts'
import { assertAuth } from './endpoint-auth.ts'
import {
  assertEventTypes,
  assertReachable,
  EndpointIn,
  EndpointOut,
  EndpointPatch,
  EndpointUpdate,
  parseUrl,
  toEndpointOut,
  toPatchFields,
} from './endpoint-shape.ts'
import { create, filterIn, remove, update, upsert } from './endpoint-writes.ts'
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
    before: async ({ caller, body }, deps) => {
      await assertReachable(body.url, { caller, deps })
      await assertAuth(body.auth, { caller, deps, at: ['auth'] })
    },
    records: 'endpoint',
    async handle({ caller, application, body }, deps) {
      const assertTypes = ownTypes(caller)
      return toEndpointOut(await create(deps, { owner: application, body, assertTypes }))
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
    records: 'endpoint',
    async handle({ caller, application, params, body }, deps) {
      return upsert(deps, {
        owner: application,
        reference: params['endpoint_ref']!,
        body,
        assertTypes: ownTypes(caller),
        out: toEndpointOut,
      })
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
    records: 'endpoint',
    async handle({ caller, application, endpoint, body }, deps) {
      const patch = defined(toPatchFields(body))
      // Credentials belong to the URL: they stay unless it is named.
      const target = body.url === undefined ? {} : parseUrl(body.url)
      await assertEventTypes(deps.store.db, caller, patch.eventTypes)
      const filter = await filterIn(deps.store.db, application, body)
      const fields = { ...patch, ...target, filter }
      return toEndpointOut(await update(deps, { owner: application, endpoint, fields }))
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
    records: 'endpoint',
    async handle({ application, endpoint }, deps) {
      await remove(deps, { owner: application, endpoint })
    },
  }),
]

const ownTypes = (caller: Caller) => (db: Db, names: string[] | null | undefined) =>
  assertEventTypes(db, caller, names)

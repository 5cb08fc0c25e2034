// The endpoints of operational webhooks: like an application's, but the environment's, and of event types
// that Bellwire itself makes.
import { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import { fromEntries } from '../domain/custom-headers.ts'
import { invalid } from '../domain/errors.ts'
import { OPERATIONAL_EVENT_TYPES, operationalApplicationId } from '../domain/operational.ts'
import { ensureOperationalApplication } from '../store/applications.ts'
import type { Db } from '../store/connect.ts'
import { listEndpoints } from '../store/endpoints.ts'
import { assertAuth, setAuth, shownAuthOf, writeAuth } from './endpoint-auth.ts'
import { EndpointAuthIn, EndpointAuthOut } from './endpoint-auth-shape.ts'
import type { Owner } from './endpoint-changes.ts'
import { HeadersIn, HeadersOut, shownHeaders } from './endpoint-headers.ts'
import { RotationIn, SecretOut, shownSecretOf } from './endpoint-secrets.ts'
import {
  assertReachable,
  EndpointIn,
  EndpointOut,
  EndpointUpdate,
  toEndpointOut,
} from './endpoint-shape.ts'
import { create, remove, rotate, setHeaders, upsert } from './endpoint-writes.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const OperationalEndpointUpdate = EndpointUpdate.omit({
  channels: true,
  fifo: true,
  filter: true,
}).register(wireShapes, {
  id: 'OperationalWebhookEndpointUpsertIn',
})
const OperationalEndpointIn = EndpointIn.omit({
  channels: true,
  fifo: true,
  filter: true,
}).register(wireShapes, {
  id: 'OperationalWebhookEndpointIn',
})
const OperationalEndpointOut = EndpointOut.omit({
  channels: true,
  fifo: true,
  filter: true,
}).register(wireShapes, {
  id: 'OperationalWebhookEndpointOut',
})

const PATH = '/api/v1/operational-webhook/endpoint'
const ONE = '/api/v1/operational-webhook/endpoint/:operational_endpoint_id'
const records = 'operational-endpoint'

export const operationalEndpointRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'v1.operational-webhook.endpoint.list',
    summary: 'List the endpoints that Bellwire tells of its own doings',
    query: z.object({ ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(OperationalEndpointOut),
    async handle({ caller, query }, { store }) {
      const request = pageById(query, 'endpoint', 'descending')
      const page = await listEndpoints(store.db, ownerOf(caller).id, request)
      return toEnvelope(page, { name: byId, out })
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'v1.operational-webhook.endpoint.create',
    summary: 'Create an endpoint for operational webhooks',
    body: OperationalEndpointIn,
    status: 201,
    output: OperationalEndpointOut,
    before: async ({ caller, body }, deps) => {
      await assertReachable(body.url, { caller, deps })
      await assertAuth(body.auth, { caller, deps, at: ['auth'] })
    },
    records,
    async handle({ caller, body }, deps) {
      await ensureOperationalApplication(deps.store.db, caller.environmentId)
      return out(await create(deps, { owner: ownerOf(caller), body, assertTypes }))
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'environment',
    operationId: 'v1.operational-webhook.endpoint.get',
    summary: 'Get an endpoint for operational webhooks',
    status: 200,
    output: OperationalEndpointOut,
    async handle({ endpoint }) {
      return out(endpoint)
    },
  }),

  route({
    method: 'PUT',
    path: '/api/v1/operational-webhook/endpoint/:operational_endpoint_ref',
    access: 'environment',
    operationId: 'v1.operational-webhook.endpoint.upsert',
    summary: 'Create or replace an endpoint for operational webhooks',
    body: OperationalEndpointUpdate,
    status: 200,
    alsoStatus: 201,
    output: OperationalEndpointOut,
    before: ({ caller, body }, deps) => assertReachable(body.url, { caller, deps }),
    records,
    async handle({ caller, params, body }, deps) {
      await ensureOperationalApplication(deps.store.db, caller.environmentId)
      const reference = params['operational_endpoint_ref']!
      return upsert(deps, { owner: ownerOf(caller), reference, body, assertTypes, out })
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'v1.operational-webhook.endpoint.delete',
    summary: 'Delete an endpoint for operational webhooks; what waits for it is not sent',
    status: 204,
    records,
    async handle({ caller, endpoint }, deps) {
      await remove(deps, { owner: ownerOf(caller), endpoint })
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/secret`,
    access: 'environment',
    capability: 'ViewEndpointSecret',
    operationId: 'v1.operational-webhook.endpoint.get-secret',
    summary: 'Get the signing secret of an endpoint for operational webhooks',
    status: 200,
    output: SecretOut,
    async handle({ endpoint }, deps) {
      return shownSecretOf(endpoint, deps)
    },
  }),

  route({
    method: 'POST',
    path: `${ONE}/secret/rotate`,
    access: 'environment',
    operationId: 'v1.operational-webhook.endpoint.rotate-secret',
    summary: 'Replace the signing secret; the old one signs along for a while',
    body: RotationIn,
    bodyOptional: true,
    status: 204,
    records,
    async handle({ caller, endpoint, body }, deps) {
      await rotate(deps, { owner: ownerOf(caller), endpoint, body })
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/headers`,
    access: 'environment',
    operationId: 'v1.operational-webhook.endpoint.get-headers',
    summary: 'Get the custom headers; of sensitive ones the names only',
    status: 200,
    output: HeadersOut,
    async handle({ endpoint }, deps) {
      return shownHeaders(endpoint, deps)
    },
  }),

  route({
    method: 'PUT',
    path: `${ONE}/headers`,
    access: 'environment',
    operationId: 'v1.operational-webhook.endpoint.set-headers',
    summary: 'Replace all custom headers of an endpoint for operational webhooks',
    body: HeadersIn,
    status: 204,
    records,
    async handle({ caller, endpoint, body }, deps) {
      const headers = fromEntries(Object.entries(body.headers))
      await setHeaders(deps, { owner: ownerOf(caller), endpoint, change: () => headers })
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/auth`,
    access: 'environment',
    operationId: 'bellwire.operational-webhook.endpoint.get-auth',
    summary: 'Get how the requests of an operational endpoint prove themselves, without secrets',
    status: 200,
    output: EndpointAuthOut,
    async handle({ endpoint }, deps) {
      return shownAuthOf(endpoint, deps)
    },
  }),

  route({
    method: 'PUT',
    path: `${ONE}/auth`,
    access: 'environment',
    operationId: 'bellwire.operational-webhook.endpoint.set-auth',
    summary: 'Say how the requests of an operational endpoint prove themselves',
    body: EndpointAuthIn,
    bodyOptional: true,
    status: 204,
    before: ({ caller, body }, deps) => assertAuth(body, { caller, deps }),
    records,
    async handle({ caller, endpoint, body }, deps) {
      await setAuth(deps, { owner: ownerOf(caller), endpoint, body })
    },
  }),

  route({
    method: 'DELETE',
    path: `${ONE}/auth`,
    access: 'environment',
    operationId: 'bellwire.operational-webhook.endpoint.delete-auth',
    summary: 'Go back to the signatures of Standard Webhooks alone',
    status: 204,
    records,
    async handle({ caller, endpoint }, deps) {
      await writeAuth(deps, { owner: ownerOf(caller), endpoint, change: () => null })
    },
  }),
]

const ownerOf = ({ environmentId }: Caller): Owner => ({
  id: operationalApplicationId(environmentId),
  uid: null,
  environmentId,
})

function out(endpoint: Parameters<typeof toEndpointOut>[0]) {
  const { channels, fifo, filter, ...shown } = toEndpointOut(endpoint)
  return shown
}

async function assertTypes(_: Db, names: string[] | null | undefined) {
  const known: readonly string[] = OPERATIONAL_EVENT_TYPES
  const unknown = names?.filter((name) => !known.includes(name)) ?? []
  if (unknown.length === 0) return
  throw invalid(
    ['body', 'eventTypes'],
    `no operational event types: ${unknown.join(', ')}; there are ${known.join(', ')}`,
  )
}

import { z } from 'zod'
import {
  fromEntries,
  type Headers,
  isSensitive,
  mergeHeaders,
  problemOf,
} from '../domain/custom-headers.ts'
import { invalid } from '../domain/errors.ts'
import { changeHeaders, getHeaders } from '../store/endpoints.ts'
import { namesTo } from './fields.ts'
import { route } from './route.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/headers'

export const endpointHeaderRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'v1.endpoint.get-headers',
    summary: 'Get the custom headers; of sensitive ones the names only',
    status: 200,
    output: z.object({
      headers: z.record(z.string(), z.string()),
      sensitive: z.array(z.string()),
    }),
    async handle({ endpoint }, { store, seal }) {
      const entries = Object.entries(await getHeaders(store.db, seal, endpoint.id))
      return {
        headers: fromEntries(entries.filter(([name]) => !isSensitive(name))),
        sensitive: entries.map(([name]) => name).filter(isSensitive),
      }
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.set-headers',
    summary: 'Replace all custom headers',
    body: z.object({ headers: namesTo(z.string()) }),
    status: 204,
    async handle({ endpoint, body }, { store, seal, endpointChanged }) {
      const headers = checked(fromEntries(Object.entries(body.headers)))
      await changeHeaders(store.db, seal, endpoint.id, () => headers)
      endpointChanged(endpoint.id)
    },
  }),

  route({
    method: 'PATCH',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.patch-headers',
    summary: 'Add, replace and (with null) remove custom headers',
    body: z.object({
      headers: namesTo(z.string().nullable()),
      deleteHeaders: z.array(z.string()).nullish(),
    }),
    status: 204,
    async handle({ endpoint, body }, { store, seal, endpointChanged }) {
      const given = Object.entries(body.headers)
      checked(fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== null)))
      const removed = (body.deleteHeaders ?? []).map((name) => [name, null] as const)
      const changes = Object.fromEntries([...removed, ...given])
      await changeHeaders(store.db, seal, endpoint.id, (present) =>
        checked(mergeHeaders(present, changes)),
      )
      endpointChanged(endpoint.id)
    },
  }),
]

function checked(headers: Headers): Headers {
  const problem = problemOf(headers)
  if (problem !== null) throw invalid(['body', 'headers'], problem, 'value_error.jsondecode')
  return headers
}

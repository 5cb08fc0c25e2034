import { z } from 'zod'
import { fromEntries, isSensitive, mergeHeaders } from '../domain/custom-headers.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { getHeaders } from '../store/endpoints.ts'
import type { ApiDeps } from './deps.ts'
import { checked, setHeaders } from './endpoint-writes.ts'
import { namesTo } from './fields.ts'
import { route } from './route.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/headers'

export const HeadersIn = z.object({ headers: namesTo(z.string()) })
export const HeadersOut = z.object({
  headers: z.record(z.string(), z.string()),
  sensitive: z.array(z.string()),
})

export const endpointHeaderRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'v1.endpoint.get-headers',
    summary: 'Get the custom headers; of sensitive ones the names only',
    status: 200,
    output: HeadersOut,
    async handle({ endpoint }, deps) {
      return shownHeaders(endpoint, deps)
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.set-headers',
    summary: 'Replace all custom headers',
    body: HeadersIn,
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      const headers = fromEntries(Object.entries(body.headers))
      await setHeaders(deps, { owner: application, endpoint, change: () => headers })
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
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      const given = Object.entries(body.headers)
      const set = given.filter((entry): entry is [string, string] => entry[1] !== null)
      checked(fromEntries(set), null)
      const removed = (body.deleteHeaders ?? []).map((name) => [name, null] as const)
      const changes = Object.fromEntries([...removed, ...given])
      const change = (present: Parameters<typeof mergeHeaders>[0]) => mergeHeaders(present, changes)
      await setHeaders(deps, { owner: application, endpoint, change })
    },
  }),
]

/** As anybody may see them who sees the endpoint. */
export async function shownHeaders({ id }: Endpoint, { store, seal }: ApiDeps) {
  const entries = Object.entries(await getHeaders(store.db, seal, id))
  return {
    headers: fromEntries(entries.filter(([name]) => !isSensitive(name))),
    sensitive: entries.map(([name]) => name).filter(isSensitive),
  }
}

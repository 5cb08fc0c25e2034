// How the requests of an endpoint prove themselves: logins, keys, secrets and a signature of the
// receiver's own. Secrets are never shown again.
import type { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { EndpointAuth } from '../domain/endpoint-auth.ts'
import { invalid } from '../domain/errors.ts'
import { changeAuth, findAuth } from '../store/endpoint-auth.ts'
import type { ApiDeps } from './deps.ts'
import { EndpointAuthIn, EndpointAuthOut, shownAuth, toAuth } from './endpoint-auth-shape.ts'
import { noteEndpoint, type Owner } from './endpoint-changes.ts'
import { assertReachable } from './endpoint-shape.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/auth'

export const endpointAuthRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'bellwire.endpoint.get-auth',
    summary: 'Get how the requests of an endpoint prove themselves, without secrets',
    status: 200,
    output: EndpointAuthOut,
    async handle({ endpoint }, deps) {
      return shownAuthOf(endpoint, deps)
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.set-auth',
    summary:
      'Say how the requests of an endpoint prove themselves; what is not named is taken away',
    body: EndpointAuthIn,
    bodyOptional: true,
    status: 204,
    before: ({ caller, body }, deps) => assertAuth(body, { caller, deps }),
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      await setAuth(deps, { owner: application, endpoint, body })
    },
  }),

  route({
    method: 'PATCH',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.patch-auth',
    summary: 'Change some of how requests prove themselves; secrets that are not given are kept',
    body: EndpointAuthIn,
    bodyOptional: true,
    status: 204,
    before: ({ caller, body }, deps) => assertAuth(body, { caller, deps }),
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      const change: Change = (before, headers) => toAuth(body, { before, headers })
      await writeAuth(deps, { owner: application, endpoint, change })
    },
  }),

  route({
    method: 'DELETE',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.delete-auth',
    summary: 'Go back to the signatures of Standard Webhooks alone',
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint }, deps) {
      await writeAuth(deps, { owner: application, endpoint, change: () => null })
    },
  }),
]

export async function shownAuthOf({ id }: Endpoint, { store, seal }: ApiDeps) {
  return shownAuth(await findAuth(store.db, seal, id))
}

type Owned = { owner: Owner; endpoint: Endpoint }
type Change = (before: EndpointAuth | null, headers: Record<string, string>) => EndpointAuth | null

/** Replaces it with what the body says. */
export function setAuth(
  deps: HandlerDeps,
  { body, ...owned }: Owned & { body: z.output<typeof EndpointAuthIn> },
) {
  return writeAuth(deps, {
    ...owned,
    change: (_, headers) => toAuth(body, { before: null, headers }),
  })
}

export async function writeAuth(
  deps: HandlerDeps,
  { owner, endpoint, change }: Owned & { change: Change },
) {
  const { before, after } = await changeAuth(deps.store.db, deps.seal, endpoint.id, change)
  await noteEndpoint(deps, {
    owner,
    endpoint,
    change: { before: shownAuth(before), after: shownAuth(after), replaced: ['secrets'] },
    events: [{ type: 'endpoint.updated' }],
  })
}

type Asked = { caller: Caller; deps: Pick<ApiDeps, 'urlProblem' | 'settingsOf'> }

/** As below; `at` is where in the body it stands. */
export async function assertAuth(
  auth: z.output<typeof EndpointAuthIn> | null | undefined,
  { at = [], ...asked }: Asked & { at?: string[] },
) {
  if (!auth?.oauth2) return
  const { tokenUrl } = auth.oauth2
  await assertTokenUrl(tokenUrl, { ...asked, field: [...at, 'oauth2', 'tokenUrl'] })
}

/** Throws 422 for a token URL that leads where requests may not go, or holds a login. Asks the resolver. */
export async function assertTokenUrl(
  tokenUrl: string,
  { field, ...asked }: Asked & { field: string[] },
) {
  await assertReachable(tokenUrl, { ...asked, field })
  const { username, password } = new URL(tokenUrl)
  if (username === '' && password === '') return
  const message = 'must not hold a login: that is what clientId and clientSecret are for'
  throw invalid(['body', ...field], message)
}

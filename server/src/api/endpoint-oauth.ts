// The access tokens of an endpoint as clients of the Svix API set them: the member `oauth2` of its auth,
// through a door of its own.
import { z } from 'zod'
import type { EndpointAuth } from '../domain/endpoint-auth.ts'
import { notFound } from '../domain/errors.ts'
import { findAuth } from '../store/endpoint-auth.ts'
import { assertTokenUrl, writeAuth } from './endpoint-auth.ts'
import { EndpointAuthIn, toAuth } from './endpoint-auth-shape.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/oauth'

const OAuth2In = EndpointAuthIn.shape.oauth2.unwrap().unwrap()

const ConfigIn = OAuth2In.omit({ audience: true, scopes: true })
  .extend({
    grantType: z.enum(['clientCredentials']),
    scopes: OAuth2In.shape.scopes.removeDefault().nullish(),
  })
  .register(wireShapes, { id: 'EndpointOauthConfigIn' })

const ConfigOut = z
  .object({
    grantType: z.enum(['clientCredentials']),
    authMethod: z.enum(['clientSecretBasic', 'clientSecretPost']),
    clientId: z.string(),
    tokenUrl: z.string(),
    scopes: z.array(z.string()).nullable(),
  })
  .register(wireShapes, { id: 'EndpointOauthConfigOut' })

export const endpointOauthRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'v1.endpoint.get-oauth',
    summary: 'Get where the access tokens of an endpoint come from; 404 when it has none',
    status: 200,
    output: ConfigOut,
    async handle({ endpoint }, { store, seal }) {
      const config = toConfig(await findAuth(store.db, seal, endpoint.id))
      if (config === null) throw notFound('This endpoint has no OAuth2')
      return config
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/endpoint/:endpoint_id/oauth-config',
    access: 'application',
    operationId: 'v1.endpoint.get-oauth-2',
    summary: 'Whether an endpoint has access tokens, and where they come from',
    status: 200,
    output: z
      .object({ enabled: z.boolean(), config: ConfigOut.nullable() })
      .register(wireShapes, { id: 'EndpointOauthOut' }),
    async handle({ endpoint }, { store, seal }) {
      const config = toConfig(await findAuth(store.db, seal, endpoint.id))
      return { enabled: config !== null, config }
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.set-oauth-config',
    summary: 'Say where the access tokens of an endpoint come from',
    body: ConfigIn,
    status: 204,
    before: ({ caller, body }, deps) =>
      assertTokenUrl(body.tokenUrl, { caller, deps, field: ['tokenUrl'] }),
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      const { grantType, scopes, ...given } = body
      const oauth2 = { ...given, scopes: scopes ?? [], audience: null }
      await writeAuth(deps, {
        ...{ owner: application, endpoint },
        change: (before, headers) => {
          // A replacement: what is not given is not kept.
          const rest = before && { ...before, oauth2: null }
          return toAuth({ oauth2 }, { before: rest, headers, loc: (_, ...path) => path })
        },
      })
    },
  }),

  route({
    method: 'DELETE',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'v1.endpoint.delete-oauth-config',
    summary: 'Send no access tokens to an endpoint any more',
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint }, deps) {
      const change = (before: EndpointAuth | null, headers: Record<string, string>) =>
        before && toAuth({ oauth2: null }, { before, headers })
      await writeAuth(deps, { owner: application, endpoint, change })
    },
  }),
]

/** Parameters may hold secrets, so they are not in it. */
function toConfig(auth: EndpointAuth | null): z.input<typeof ConfigOut> | null {
  if (!auth?.oauth2) return null
  const { authMethod, clientId, tokenUrl, scopes } = auth.oauth2
  return { grantType: 'clientCredentials', authMethod, clientId, tokenUrl, scopes }
}

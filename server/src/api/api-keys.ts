import { z } from 'zod'
import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from '../store/api-keys.ts'
import { cleanText, time } from './fields.ts'
import { pathId, route } from './route.ts'
import { wireShapes } from './shapes.ts'

const ApiKeyOut = z
  .object({
    id: z.string(),
    name: z.string(),
    /** Dots and the last four characters. */
    censoredToken: z.string(),
    createdAt: time(),
    expiresAt: time().nullable(),
    revokedAt: time().nullable(),
  })
  .register(wireShapes, { id: 'ApiKeyOut' })

export const apiKeyRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/api-key',
    access: 'environment',
    operationId: 'bellwire.api-key.list',
    summary: 'List the API keys of the environment',
    status: 200,
    output: z.object({ data: z.array(ApiKeyOut) }),
    async handle({ caller }, { store }) {
      return { data: (await listApiKeys(store.db, caller.environmentId)).map(toApiKeyOut) }
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/api-key',
    access: 'environment',
    operationId: 'bellwire.api-key.create',
    summary: 'Create an API key; its token is in this answer only',
    body: z.object({
      name: cleanText(256).min(1),
      expiresAt: z.iso.datetime({ offset: true }).nullish(),
    }),
    status: 201,
    output: ApiKeyOut.extend({ token: z.string() }),
    async handle({ caller, body }, { store }) {
      const expiresAt = body.expiresAt ? new Date(body.expiresAt) : null
      const { key, token } = await createApiKey(store.db, caller.environmentId, {
        name: body.name,
        expiresAt,
      })
      return { ...toApiKeyOut(key), token }
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/api-key/:key_id',
    access: 'environment',
    operationId: 'bellwire.api-key.revoke',
    summary: 'Revoke an API key; it is refused everywhere within a second',
    status: 204,
    async handle({ caller, params }, { store }) {
      await revokeApiKey(store.db, caller.environmentId, pathId('apiKey', params['key_id']))
    },
  }),
]

const toApiKeyOut = (key: ApiKey): z.input<typeof ApiKeyOut> => ({
  id: key.id,
  name: key.name,
  censoredToken: `…${key.hint}`,
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
})

import { z } from 'zod'
import { type Caller, SCOPES, type Scope } from '../domain/access.ts'
import { notFound } from '../domain/errors.ts'
import {
  type ApiKey,
  createApiKey,
  expireApiKey,
  getApiKey,
  listApiKeys,
  updateApiKey,
} from '../store/api-keys.ts'
import type { Db } from '../store/connect.ts'
import { cleanText, time } from './fields.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { fieldsOf, type Recorder } from './record.ts'
import { pathId, route } from './route.ts'

const MAX_EXPIRY_SECONDS = 259_200

const name = () => cleanText(256).min(1)
/** A list on the wire; a key has one. None given means full. */
const scopes = () => z.array(z.enum(SCOPES)).length(1).nullish()
const ApiKeyPatch = z.object({ name: name().optional(), scopes: scopes() })

const ApiKeyOut = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: time(),
  /** When it ends, or ended. */
  expiresAt: time().nullable(),
})
/** Dots and the last four characters. */
const ApiKeyCensoredOut = ApiKeyOut.extend({ censoredToken: z.string() })

const PATH = '/api/v1/management/authentication/:env_id/api-token'
const ONE = '/api/v1/management/authentication/:env_id/api-token/:key_id'

// Only a full key gets to those that write, so no key makes one that may do more than itself.
export const apiKeyRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'v1.management.authentication.list-api-tokens',
    summary: 'List the API keys of the environment, those that have ended too',
    query: z.object({ ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(ApiKeyCensoredOut),
    async handle({ caller, params, query }, { store }) {
      const environmentId = ownEnvironment(caller, params)
      const request = pageById(query, 'apiKey', 'ascending')
      const page = await listApiKeys(store.db, environmentId, request)
      return toEnvelope(page, { name: byId, out: toCensoredOut })
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'v1.management.authentication.create-api-token',
    summary: 'Create an API key; its token is in this answer only',
    body: z.object({
      name: name(),
      scopes: scopes(),
      expiresAt: z.iso.datetime({ offset: true }).nullish(),
    }),
    status: 200,
    output: ApiKeyOut.extend({ token: z.string() }),
    records: 'api-key',
    async handle({ caller, params, body }, { store, record }) {
      const { key, token } = await createApiKey(store.db, ownEnvironment(caller, params), {
        name: body.name,
        scope: scopeOf(body.scopes),
        expiresAt: body.expiresAt ? new Date(body.expiresAt) : null,
      })
      await record(store.db, { target: { kind: 'api-key', id: key.id }, after: keyFields(key) })
      return { ...toApiKeyOut(key), token }
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'environment',
    operationId: 'v1.management.authentication.get-api-token',
    summary: 'Get an API key, without its token',
    status: 200,
    output: ApiKeyCensoredOut,
    async handle({ caller, params }, { store }) {
      const { environmentId, id } = named(caller, params)
      return toCensoredOut(await getApiKey(store.db, environmentId, id))
    },
  }),

  route({
    method: 'PUT',
    path: ONE,
    access: 'environment',
    operationId: 'v1.management.authentication.update-api-token',
    summary: 'Rename an API key',
    body: z.object({ name: name() }),
    status: 200,
    output: ApiKeyCensoredOut,
    records: 'api-key',
    async handle({ caller, params, body }, { store, record }) {
      const changed = await updateApiKey(store.db, named(caller, params), body)
      await noteKey(store.db, changed, record)
      return toCensoredOut(changed.after)
    },
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'environment',
    operationId: 'v1.management.authentication.patch-api-token',
    summary: 'Change the name or the scope of an API key',
    body: ApiKeyPatch,
    bodyOptional: true,
    status: 200,
    output: ApiKeyCensoredOut,
    records: 'api-key',
    async handle({ caller, params, body }, { store, record, accessChanged }) {
      const changed = await updateApiKey(store.db, named(caller, params), {
        ...(body.name !== undefined && { name: body.name }),
        ...(body.scopes !== undefined && { scope: scopeOf(body.scopes) }),
      })
      await noteKey(store.db, changed, record)
      accessChanged()
      return toCensoredOut(changed.after)
    },
  }),

  route({
    method: 'POST',
    path: `${ONE}/expire`,
    access: 'environment',
    operationId: 'v1.management.authentication.expire-api-token',
    summary: 'End an API key now or in a while; it is refused everywhere within a second',
    body: z.object({ expiry: z.number().int().min(0).max(MAX_EXPIRY_SECONDS).nullish() }),
    bodyOptional: true,
    status: 204,
    records: 'api-key',
    async handle({ caller, params, body }, { store, record, accessChanged }) {
      const seconds = body.expiry ?? 0
      const changed = await expireApiKey(store.db, named(caller, params), { seconds })
      await noteKey(store.db, changed, record)
      accessChanged()
    },
  }),
]

/** A key reaches one environment: others are not there. */
function ownEnvironment({ environmentId }: Caller, params: Record<string, string>) {
  if (pathId('environment', params['env_id']) !== environmentId) throw notFound()
  return environmentId
}

const named = (caller: Caller, params: Record<string, string>) => ({
  environmentId: ownEnvironment(caller, params),
  id: pathId('apiKey', params['key_id']),
})

type Changed = { before: ApiKey; after: ApiKey }

const noteKey = (db: Db, { before, after }: Changed, record: Recorder) =>
  record(db, {
    target: { kind: 'api-key', id: after.id },
    before: keyFields(before),
    after: keyFields(after),
  })

/** Not its last four characters: they are a part of the token. */
const keyFields = ({ hint, ...key }: ApiKey) => fieldsOf(key)

const scopeOf = (scopes: Scope[] | null | undefined): Scope => scopes?.[0] ?? 'full'

const toApiKeyOut = (key: ApiKey): z.input<typeof ApiKeyOut> => ({
  id: key.id,
  name: key.name,
  scopes: [key.scope],
  createdAt: key.createdAt.toISOString(),
  expiresAt: (key.revokedAt ?? key.expiresAt)?.toISOString() ?? null,
})

const toCensoredOut = (key: ApiKey): z.input<typeof ApiKeyCensoredOut> => ({
  ...toApiKeyOut(key),
  censoredToken: `…${key.hint}`,
})

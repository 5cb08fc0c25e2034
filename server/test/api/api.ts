// The real server on a real database, driven in-process. There is one way to ask it something, and it
// holds every answer against the contract: no test can skip that.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { createAuthenticator } from '../../src/api/access.ts'
import type { ApiDeps } from '../../src/api/deps.ts'
import { createRateLimit } from '../../src/api/rate-limit.ts'
import { createServer } from '../../src/api/server.ts'
import { createSettingsCache } from '../../src/api/settings-cache.ts'
import { parseAllowList } from '../../src/delivery/egress/allow-list.ts'
import { createGuard } from '../../src/delivery/egress/guard.ts'
import { identityProblem } from '../../src/delivery/egress/tls-identity.ts'
import type { Scope } from '../../src/domain/access.ts'
import { DEFAULT_SETTINGS } from '../../src/domain/environment-settings.ts'
import { type EnvironmentId, newUuid, toId } from '../../src/domain/ids.ts'
import { likelyProvider, secretPlaces } from '../../src/inbound/likely-provider.ts'
import { signAgain } from '../../src/inbound/sign-again.ts'
import { sourcePresets, sourceProblem } from '../../src/inbound/source-problem.ts'
import { verifyCapture } from '../../src/inbound/verify-capture.ts'
import { createSchemaChecker } from '../../src/schemas/checker.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { findCaller } from '../../src/store/callers.ts'
import { findEnvironment, findPayloadRule } from '../../src/store/environment-settings.ts'
import { ensureDefaultEnvironment } from '../../src/store/environments.ts'
import { acceptMessages } from '../../src/store/statements/accept-messages.ts'
import { createTelemetry } from '../../src/telemetry.ts'
import { createTransformer } from '../../src/transform/transformer.ts'
import { testDatabase } from '../database.ts'
import { NODE, seal } from '../seed.ts'
import { assertContract } from './contract.ts'
import { resolver } from './names.ts'

export const MAX_BODY_BYTES = 128 * 1024

/** What tests read of answers; that it is there is the schema's to say. */
export type Body = {
  id: string
  data: Body[]
  iterator: string | null
  prevIterator: string
  done: boolean
  code: string
  detail: string | { loc: string[]; msg: string; type: string }[]
  key: string
  headers: Record<string, string>
  sensitive: string[]
  [field: string]: unknown
}

export type Reply = {
  status: number
  headers: Record<string, string | string[] | number | undefined>
  text: string
  body: Body
}

export type Call = {
  method: string
  path: string
  /** An object travels as JSON, text and bytes as they are. */
  body?: unknown
  headers?: Record<string, string>
  /** Another token than that of the environment, or none. */
  token?: string | null
}

export type Api = Awaited<ReturnType<typeof startApi>>

type ApiOptions = {
  httpsOnly?: boolean
  ready?: boolean
  draining?: boolean
  rateLimit?: { perSecond: number; burst: number }
  failuresPerMinute?: number
}

/** One server for a test file, with a database and an environment of its own. */
export async function startApi({
  httpsOnly = false,
  ready = true,
  draining = false,
  rateLimit,
  failuresPerMinute = 0,
}: ApiOptions = {}) {
  const store = await testDatabase()
  const environmentId = await ensureDefaultEnvironment(store.pool)
  const { token } = await createApiKey(store.db, environmentId, { name: 'test' })
  const engine = { woken: 0, tasksWoken: 0, changed: [] as string[] }
  const troubles: unknown[] = []
  const guard = createGuard({ allow: parseAllowList('127.0.0.0/8'), httpsOnly }, resolver)
  const schemas = createSchemaChecker()
  after(() => schemas.stop())
  const transformer = createTransformer({ threads: 1 })
  after(() => transformer.stop())
  const deps: ApiDeps = {
    store,
    seal,
    telemetry: {
      ...createTelemetry({ level: 'silent' }),
      trouble: (event, error) => troubles.push({ event, error }),
    },
    tracing: null,
    ...createAuthenticator((given) => findCaller(store.db, given), { failuresPerMinute }),
    rateLimit: rateLimit === undefined ? null : createRateLimit(rateLimit),
    ...createSettingsCache({
      environment: (id) => findEnvironment(store.db, id, DEFAULT_SETTINGS),
      payloadRule: (id, eventType) => findPayloadRule(store.db, id, eventType),
    }),
    defaultSettings: DEFAULT_SETTINGS,
    schemas,
    transform: transformer.transform,
    publicUrl: () => 'https://hooks.example.com',
    // Room 0: nothing is ever handed to an engine.
    accept: async (message) =>
      (await acceptMessages(store.hot, [message], { nodeId: NODE, room: 0, full: [] }))[0]!,
    wakeEngine: () => engine.woken++,
    wakeTasks: () => engine.tasksWoken++,
    endpointChanged: (id) => engine.changed.push(id),
    // write.ts has its own; here everything is awaited.
    afterCommit: () => assert.fail('outside of a transaction'),
    sourceProblem,
    sourcePresets,
    verifyCapture,
    likelyProvider,
    signAgain,
    secretPlaces,
    // Nothing is sent from here; e2e tests do.
    testDelivery: async () => ({
      messageId: null,
      failure: { code: 'not_sent', message: 'nobody is there' },
    }),
    sendOnce: async () => ({
      kind: 'failed',
      failure: { code: 'connect_failed', message: 'nobody is there' },
      durationMs: 1,
    }),
    // Nobody is waited for: who looks does so again.
    untilCaptured: async (_, withinMs) => void (await sleep(withinMs)),
    captureAnswered: () => {},
    hookRateLimit: null,
    identityProblem,
    challenge: () => {},
    urlProblem: async (url) => (await guard.checkNow(url))?.message ?? null,
    readiness: async () => ({ ready, parts: { database: ready ? 'ok' : 'does not answer' } }),
    isDraining: () => draining,
    servesApi: true,
    clock: () => new Date(),
    retentionDays: 90,
    maxBodyBytes: MAX_BODY_BYTES,
    trustedProxies: [],
  }
  const server = await createServer(deps)
  after(() => server.close())

  async function call({ method, path, body, headers = {}, token: own = token }: Call) {
    const raw = typeof body === 'string' || Buffer.isBuffer(body)
    const response = await server.inject({
      method: method as 'GET',
      url: path.startsWith('/') ? path : `/api/v1/${path}`,
      headers: { ...(own !== null && { authorization: `Bearer ${own}` }), ...headers },
      ...(body !== undefined && { payload: raw ? body : JSON.stringify(body) }),
    })
    if (troubles.length > 0) throw new Error(`${method} ${path}: ${inspect(troubles.pop())}`)
    const { statusCode: status, payload: text, headers: answered } = response
    const parsed: unknown = assertContract({ method, url: response.raw.req.url ?? path }, response)
    // What `assertContract` let pass has the shape of its route, of which this is a loose view.
    return { status, headers: answered, text, body: parsed as Body } satisfies Reply
  }
  return {
    store,
    environmentId,
    token,
    engine,
    call,
    /** For what only a socket can show. */
    listen: () => server.listen({ host: '127.0.0.1', port: 0 }),
    get: (path: string) => call({ method: 'GET', path }),
    delete: (path: string) => call({ method: 'DELETE', path }),
    post: (path: string, body?: unknown) => call({ method: 'POST', path, body }),
    put: (path: string, body?: unknown) => call({ method: 'PUT', path, body }),
    patch: (path: string, body?: unknown) => call({ method: 'PATCH', path, body }),
    otherEnvironment: () => insertEnvironment(store),
    /** The token of another key. */
    async keyOf(scope: Scope) {
      return (await createApiKey(store.db, environmentId, { name: scope, scope })).token
    },
    /** The token that `app-portal-access` gives. */
    async tokenOf(app: string, body: object = {}) {
      const path = `auth/app-portal-access/${app}`
      return String((await call({ method: 'POST', path, body })).body['token'])
    },
  }
}

/** A second tenant in the same database: its id and a key of it. */
async function insertEnvironment(store: Awaited<ReturnType<typeof testDatabase>>) {
  const uuid = newUuid()
  await store.pool.query('insert into environment (id, name) values ($1, $2)', [uuid, randomUUID()])
  const environmentId: EnvironmentId = toId('environment', uuid)
  const { token } = await createApiKey(store.db, environmentId, { name: 'other' })
  return { environmentId, token }
}

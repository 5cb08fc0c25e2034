// For every operation a request that would succeed, so that tests can sweep the whole table of routes.
import type { routes } from '../../src/api/routes.ts'
import {
  type ApplicationId,
  type BinId,
  type EndpointId,
  newId,
  type SourceId,
  toId,
  toUuid,
} from '../../src/domain/ids.ts'
import { insertShare } from '../../src/store/bin-shares.ts'
import { insertCapture, listCaptures } from '../../src/store/captures.ts'
import { acceptInbound } from '../../src/store/statements/accept-inbound.ts'
import { inTransaction } from '../../src/store/transaction.ts'
import { NODE, newMessage } from '../seed.ts'
import type { Api, Reply } from './api.ts'
import { answered, seedAttempts } from './seeded-attempts.ts'

const url = 'https://example.com/'
const oauth2 = {
  ...{ tokenUrl: url, clientId: 'client', clientSecret: 'a client secret' },
  authMethod: 'clientSecretBasic',
}
const code = 'function handler(webhook) { return webhook }'
/** On its way to every seeded endpoint. */
const CHALLENGE = 'bwc_seeded'
let count = 0
/** What a source is made for; of whoever was seeded first, so that other environments find none. */
let seeds = 0
let seededApplication = newId('application')

/** Bodies of operations that need one; the number makes names unique. */
const BODIES: Record<string, (n: number, names: Names) => object> = {
  'v1.authentication.app-portal-access': () => ({}),
  'v1.authentication.expire-all': () => ({}),
  'v1.management.authentication.create-api-token': () => ({ name: 'key' }),
  'v1.management.authentication.update-api-token': () => ({ name: 'renamed' }),
  'v1.management.authentication.patch-api-token': () => ({ name: 'patched' }),
  'v1.management.authentication.expire-api-token': () => ({ expiry: 3600 }),
  'v1.application.create': () => ({ name: 'app' }),
  'v1.application.upsert': () => ({ name: 'upserted' }),
  'v1.application.patch': () => ({ name: 'patched' }),
  'v1.endpoint.create': () => ({ url }),
  'v1.endpoint.upsert': () => ({ url, description: 'upserted' }),
  'v1.endpoint.patch': () => ({ description: 'patched' }),
  'v1.endpoint.rotate-secret': () => ({}),
  'v1.endpoint.set-headers': () => ({ headers: { 'X-Set': '1' } }),
  'v1.endpoint.patch-headers': () => ({ headers: { 'X-Patched': '1' } }),
  'bellwire.endpoint.set-auth': () => ({ bearer: { token: 'a-token' } }),
  'v1.endpoint.set-oauth-config': () => ({ ...oauth2, grantType: 'clientCredentials' }),
  'bellwire.endpoint.patch-auth': () => ({ secretHeaders: { 'X-Key': 'a key' } }),
  'v1.endpoint.transformation.patch': () => ({ enabled: false }),
  'bellwire.endpoint.transformation.roll-back': () => ({ version: 1 }),
  'v1.endpoint.transformation.simulate': () => ({
    ...{ code, eventType: 'a', payload: {} },
  }),
  'bellwire.endpoint.set-template': () => ({ name: 'plain' }),
  'bellwire.endpoint.preview-template': () => ({ name: 'plain', eventType: 'a', payload: {} }),
  'bellwire.template.upsert': (n) => ({ code, about: `changed ${n}` }),
  'bellwire.template.roll-back': () => ({ version: 1 }),
  'bellwire.template.simulate': () => ({ code, eventType: 'a', payload: {} }),
  'bellwire.endpoint.set-transport': () => ({ httpVersion: 'auto' }),
  'bellwire.endpoint.patch-transport': () => ({ httpVersion: '1.1' }),
  'bellwire.endpoint.answer-challenge': () => ({ challenge: CHALLENGE }),
  'bellwire.endpoint.set-filter': () => ({ filter: { 'payload.a': 1 } }),
  'bellwire.endpoint.test-filter': () => ({ eventType: 'a' }),
  'bellwire.segment.upsert': () => ({ filter: { 'payload.a': 1 } }),
  'bellwire.application.segment.upsert': () => ({ filter: { 'payload.a': 1 } }),
  'v1.endpoint.send-example': () => ({ eventType: 'svix.ping' }),
  'v1.endpoint.cancel-msgs': () => ({ createdBefore: new Date().toISOString() }),
  'bellwire.hook.subscribe': (_, { event_type_name }) => ({
    ...{ targetUrl: url, event: event_type_name ?? NEVER['event_type_name'] },
  }),
  'bellwire.hook-url.create': () => ({ description: 'a platform' }),
  'v1.event-type.create': (n) => ({ name: `type-${n}`, description: '' }),
  'v1.event-type.upsert': () => ({ description: 'upserted' }),
  'v1.event-type.patch': () => ({ description: 'patched' }),
  'v1.event-type.import-openapi': (n) => ({ spec: { webhooks: { [`read-${n}`]: { post: {} } } } }),
  'bellwire.event-type.import-catalog': (n) => ({ spec: { eventTypes: { [`listed-${n}`]: {} } } }),
  'v1.management.environment-settings.update': () => ({ enforceHttps: false }),
  'v1.management.environment-settings.patch': () => ({ enforceHttps: false }),
  'v1.environment.import': (n) => ({ eventTypes: [{ name: `imported-${n}`, description: '' }] }),
  'v1.event-type.set-retry-schedule': () => ({ retrySchedule: [{ secs: 5, nanos: 0 }] }),
  'v1.message.create': () => ({ eventType: 'a', payload: {} }),
  'bellwire.message.create-batch': () => ({ messages: [{ eventType: 'a', payload: {} }] }),
  'v1.message.search': () => ({ tag: 'a' }),
  'bellwire.poller.create': () => ({}),
  'bellwire.poller.patch': () => ({ description: 'patched' }),
  'v1.message.poller.consumer-seek': () => ({ after: new Date() }),
  'v1.authentication.rotate-poller-token': () => ({ oldTokenExpiry: 0 }),
  'v1.message.precheck': () => ({ eventType: 'a' }),
  'v1.message.bulk-expunge-content': (_, { msg_id }) => ({ ids: [msg_id ?? NEVER['msg_id']] }),
  'v1.endpoint.recover': () => ({ since: new Date() }),
  'bellwire.endpoint.resume': () => ({}),
  'v1.endpoint.replay-missing': () => ({ since: new Date() }),
  'v1.endpoint.bulk-replay': () => ({ since: new Date() }),
  'v1.operational-webhook.endpoint.create': () => ({ url }),
  'v1.operational-webhook.endpoint.upsert': () => ({ url, description: 'upserted' }),
  'v1.operational-webhook.endpoint.rotate-secret': () => ({}),
  'bellwire.operational-webhook.endpoint.set-auth': () => ({ bearer: { token: 'a-token' } }),
  'v1.operational-webhook.endpoint.set-headers': () => ({ headers: { 'X-Set': '1' } }),
  'bellwire.source.create': (n) => ({
    application: seededApplication,
    provider: 'github',
    secrets: [{ value: `the secret of source ${n}` }],
  }),
  'bellwire.bin.create': () => ({ rules: [{ path: '/hook/*', statuses: [500, 200] }] }),
  'bellwire.bin.patch': () => ({ name: 'patched' }),
  'bellwire.endpoint.create-with-bin': () => ({ endpoint: { description: 'on a bin' } }),
  'bellwire.endpoint.create-test-bin': () => ({ expiresInSeconds: 60 }),
  'bellwire.bin.create-share': () => ({ hideBodies: true }),
  'bellwire.bin.assert': () => ({ atMost: 3, match: { method: 'POST' } }),
  'bellwire.bin.patch-capture': () => ({ pinned: true }),
  'bellwire.bin.replay-capture': () => ({ url }),
  'bellwire.bin.answer-capture': () => ({ status: 200 }),
  'bellwire.application.listen': () => ({ eventTypes: null }),
  'bellwire.bin.verify-capture': () => ({ provider: 'github', secret: 'a secret' }),
  'bellwire.source.patch': () => ({ name: 'patched' }),
  'bellwire.source.create-secret': () => ({ value: 'another secret' }),
  'bellwire.source.patch-secret': () => ({ expiresAt: null }),
  'v1.statistics.aggregate-app-stats': () => ({ since: new Date(0), until: new Date() }),
}

export type Names = Record<string, string>

/** Well-formed names of what was never there. */
export const NEVER: Names = {
  app_id: newId('application'),
  endpoint_id: newId('endpoint'),
  msg_id: newId('message'),
  attempt_id: newId('attempt'),
  task_id: newId('task'),
  env_id: newId('environment'),
  key_id: newId('apiKey'),
  poller_id: newId('poller'),
  consumer_id: 'anybody',
  event_type_name: 'never.existed',
  segment_name: 'never.existed',
  template_name: 'never.existed',
  operational_endpoint_id: newId('endpoint'),
  source_id: newId('source'),
  secret_id: newId('sourceSecret'),
  request_id: newId('inboundRequest'),
  bin_id: newId('bin'),
  capture_id: newId('capture'),
  share_id: newId('binShare'),
  share_token: `bwv_${'a'.repeat(43)}`,
  hook_id: newId('endpoint'),
  hook_url_id: newId('hookUrl'),
}

/** Without what differs between any two requests: the request id and the date. */
export const said = ({ status, headers, text }: Reply) => ({
  status,
  headers: { ...headers, 'x-request-id': '', date: '' },
  text: text.replace(/"request_id":"[^"]*"/, ''),
})

/** The operation's request with these names in its path; throws for a body that nobody wrote. */
export function requestFor(entry: (typeof routes)[number], names: Names) {
  const body = BODIES[entry.operationId]?.(++count, names)
  if (entry.body !== undefined && body === undefined) {
    throw new Error(`${entry.operationId} takes a body: write one in requests.ts`)
  }
  const path = entry.path.replace(/:(\w+)/g, (_, name: string) => {
    const given = names[name.replace(/_ref$/, '_id')]
    if (given === undefined) throw new Error(`nothing is named :${name} in requests.ts`)
    return given
  })
  // Keys name the application of hooks in the query.
  const query = entry.path.startsWith('/hooks') ? `?app_id=${names['app_id']}` : ''
  return { method: entry.method, path: `${path}${query}`, ...(body !== undefined && { body }) }
}

/** One of everything that a path can name, in one environment. */
export async function seedNames(api: Api, token = api.token): Promise<Names> {
  const post = async (path: string, body: object) =>
    (await api.call({ method: 'POST', path, body, token })).body
  const n = ++count
  const app_uid = `app-of-seed-${n}`
  const app_id = (await post('app', { name: 'seeded', uid: app_uid })).id
  const endpoint_uid = `endpoint-of-seed-${n}`
  const endpoint_id = (await post(`app/${app_id}/endpoint`, { url, uid: endpoint_uid })).id
  const msg_uid = `message-of-seed-${n}`
  const message = { eventType: 'a', payload: {}, eventId: msg_uid }
  const msg_id = (await post(`app/${app_id}/msg`, message)).id
  const event_type_name = `seeded-${n}`
  await post('event-type', { name: event_type_name, description: '' })
  const auth = `app/${app_id}/endpoint/${endpoint_id}/auth`
  await api.call({ method: 'PUT', path: auth, body: { oauth2 }, token })
  const transformation = `app/${app_id}/endpoint/${endpoint_id}/transformation`
  await api.call({ method: 'PATCH', path: transformation, body: { code }, token })
  const segment_name = event_type_name
  for (const path of ['segment', `app/${app_id}/segment`]) {
    const body = { filter: { 'payload.a': 1 } }
    await api.call({ method: 'PUT', path: `${path}/${segment_name}`, body, token })
  }
  const template_name = event_type_name
  await api.call({ method: 'PUT', path: `template/${template_name}`, body: { code }, token })
  const whoami = await api.call({ method: 'GET', path: 'auth/whoami', token })
  const env_id = String(whoami.body['envId'])
  const keys = `management/authentication/${env_id}/api-token`
  const key_id = (await post(keys, { name: 'seeded' })).id
  const [attempt_id] = await seedAttempts(api.store, [
    { message: msg_id, endpoint: endpoint_id, outcome: answered(200) },
  ])
  const poller_id = (await post(`app/${app_id}/poller`, {})).id
  const since = new Date(Date.now() - 3_600_000)
  const task = await post(`app/${app_id}/endpoint/${endpoint_id}/replay-missing`, { since })
  const operational_endpoint_id = (await post('operational-webhook/endpoint', { url })).id
  if (seeds++ === 0) seededApplication = app_id as ApplicationId
  const hook = { targetUrl: url, event: event_type_name }
  const hook_id = (await post(`/hooks?app_id=${app_id}`, hook)).id
  const hook_url_id = (await post(`app/${app_id}/hook-url`, {})).id
  await api.store.pool.query(
    `insert into endpoint_verification (endpoint_id, challenge, expires_at, disabled)
     values ($1, sha256($2), now() + interval '1 hour', false)`,
    [toUuid(endpoint_id as EndpointId), Buffer.from(CHALLENGE)],
  )
  const source = await post('source', {
    ...{ application: app_id, provider: 'github' },
    secrets: [{ value: 'the secret of a source' }, { value: 'another one of it' }],
  })
  const secret_id = (source['secrets'] as { id: string }[])[0]!.id
  const request_id = await seedInboundRequest(api, source.id, app_id)
  return {
    ...{ source_id: source.id, secret_id, request_id },
    ...(await seedBin(api, (await post('bin', {})).id)),
    ...{ app_id, endpoint_id, msg_id, attempt_id: attempt_id!, event_type_name, env_id, key_id },
    ...{ segment_name, template_name, hook_id, hook_url_id },
    ...{ operational_endpoint_id, task_id: task.id, poller_id, consumer_id: 'consumer' },
    ...{ app_uid, endpoint_uid, msg_uid },
  }
}

/** With one capture, as the door stores it. */
async function seedBin({ store }: Api, bin: string): Promise<Names> {
  const binId = bin as BinId
  await insertCapture(store.db, binId, {
    ...{ method: 'POST', target: '/b/token', httpVersion: '1.1', remoteAddress: '127.0.0.1' },
    ...{ headers: [['X-Seeded', '1']], body: Buffer.from('{}'), remotePort: 1 },
    ...{ headMs: 1, bodyMs: 1, forwarded: null, answer: { status: 200, rule: null, delayMs: 0 } },
  })
  const all = { after: null, before: null, method: null, target: null }
  const [capture] = await listCaptures(store.db, binId, {
    ...{ filter: all, limit: 1, order: 'ascending' },
  })
  const expiresAt = new Date(Date.now() + 3_600_000)
  const fields = { captureId: null, hidesBodies: false, expiresAt }
  const { share, token } = await inTransaction(store.db, (tx) => insertShare(tx, binId, fields))
  return { bin_id: bin, capture_id: capture!.id, share_id: share.id, share_token: token }
}

/** One that was accepted, as the door stores it. */
async function seedInboundRequest({ store }: Api, source: string, app: string): Promise<string> {
  const sourceId = source as SourceId
  const { rows } = await store.pool.query<{ environment_id: string }>(
    'select environment_id from source where id = $1',
    [toUuid(sourceId)],
  )
  const environmentId = toId('environment', rows[0]!.environment_id)
  const application = { id: app as ApplicationId }
  const id = newId('inboundRequest')
  const body = Buffer.from('{}')
  await acceptInbound(
    store.hot,
    [
      {
        id,
        source: { id: sourceId, applicationId: application.id, environmentId },
        request: {
          ...{
            method: 'POST',
            target: '/in/token',
            httpVersion: '1.1',
            remoteAddress: '127.0.0.1',
          },
          ...{ headers: [['X-GitHub-Event', 'push']], body },
        },
        events: [
          {
            eventType: 'github.push',
            eventId: id,
            message: newMessage(environmentId, application, { payload: body }),
          },
        ],
        verification: {
          scheme: 'hmac',
          secretId: null,
          skewSeconds: null,
          bodyAuthenticated: true,
        },
        ...{ answerStatus: 200, keepSeconds: 3600, at: null, digest: null, nonce: null },
        ...{ refuseReplays: false, held: false },
      },
    ],
    { nodeId: NODE, room: 0, full: [] },
  )
  return id
}

/** The same things, by the names that their owners gave them where they have one. */
export function byUid(names: Names): Names {
  const uids = ['app', 'endpoint', 'msg'].map((kind) => [`${kind}_id`, names[`${kind}_uid`]!])
  return { ...names, ...Object.fromEntries(uids) }
}

/** Rows by table: what a request that changes nothing must leave as they are. */
export async function snapshot({ store }: Api): Promise<Record<string, string>> {
  const { rows: tables } = await store.pool.query<{ name: string }>(
    `select relname as name from pg_class
      where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace`,
  )
  const sums: Record<string, string> = {}
  for (const { name } of tables) {
    const { rows } = await store.pool.query<{ sum: string }>(
      `select count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as sum
         from "${name}" t`,
    )
    sums[name] = rows[0]!.sum
  }
  return sums
}

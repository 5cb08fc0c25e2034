// Who changed what: a row for every change, none for what was refused, and never a secret in it.
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import Fastify from 'fastify'
import { plug, route } from '../../src/api/route.ts'
import { routes } from '../../src/api/routes.ts'
import { newId } from '../../src/domain/ids.ts'
import { deleteOldChanges } from '../../src/store/changes.ts'
import { startApi } from './api.ts'
import { requestFor, seedNames, snapshot } from './requests.ts'

const api = await startApi()
const { pool } = api.store

type Row = { operation: string; target_kind: string; before: object | null; after: object | null }
async function rowsAfter(id: string): Promise<Row[]> {
  const { rows } = await pool.query<Row>('select * from audit_log where id > $1 order by id', [id])
  return rows
}
async function newest(): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('select max(id::text) as id from audit_log')
  return rows[0]!.id
}

const changing = routes.filter(({ method }) => method !== 'GET')
const mine = await seedNames(api)

for (const entry of changing) {
  const { records, operationId } = entry
  const kinds = typeof records === 'string' ? [records] : Array.isArray(records) ? records : []
  const what = kinds.length > 0 ? `is noted with its ${kinds.join(' and ')}` : 'leaves no row'
  test(`${operationId} ${what}`, async () => {
    const names = await seedNames(api)
    const since = await newest()
    const isLogout = operationId === 'v1.authentication.logout'
    const token = isLogout ? await api.tokenOf(names['app_id']!) : api.token
    const before = isLogout ? await newest() : since
    const { status, text } = await api.call({ ...requestFor(entry, names), token })
    assert.equal(status, entry.status, text)
    const rows = await rowsAfter(before)
    assert.deepEqual(
      rows.map((row) => [row.operation, row.target_kind]),
      kinds.map((kind) => [operationId, kind]),
    )
  })
}

test('an operation that does not say what it records cannot be plugged in', () => {
  const forgetful = route({
    method: 'POST',
    path: '/api/v1/forgetful',
    access: 'environment',
    operationId: 'v1.forgetful',
    summary: 'Change something',
    status: 204,
    async handle() {},
  })
  // It is refused before anything of the rest is looked at.
  assert.throws(() => plug(Fastify(), forgetful, {} as never), /v1\.forgetful must say/)
})

test('a row says who, by which request, what, and what differs', async () => {
  const { body: app } = await api.post('app', { name: 'shop', uid: 'shop-1' })
  const reply = await api.call({
    method: 'PATCH',
    path: `app/${app.id}`,
    body: { name: 'store', metadata: { a: 'b' } },
  })
  const { data } = (await api.get(`audit-log?target_id=${app.id}`)).body
  assert.equal(data.length, 2)
  const [patched, created] = data as Record<string, unknown>[]
  const { id, createdAt, actor, ...rest } = patched!
  assert.match(String(id), /^audit_/)
  assert.ok(Date.parse(String(createdAt)) > Date.now() - 60_000)
  assert.equal((actor as { kind: string }).kind, 'api-key')
  assert.deepEqual(rest, {
    operation: 'v1.application.patch',
    requestId: reply.headers['x-request-id'],
    target: { kind: 'application', id: app.id, uid: 'shop-1' },
    applicationId: app.id,
    before: { name: 'shop', metadata: {} },
    after: { name: 'store', metadata: { a: 'b' } },
  })
  assert.deepEqual(created!['before'], null)
  assert.equal((created!['after'] as { name: string }).name, 'shop')
})

test('what a customer does is noted with the token and its session', async () => {
  const { body: app } = await api.post('app', { name: 'customer' })
  const token = await api.tokenOf(app.id, { sessionId: 'user_7' })
  const url = 'https://example.com/'
  await api.call({ method: 'POST', path: `app/${app.id}/endpoint`, body: { url }, token })
  const { data } = (await api.get(`audit-log?application_id=${app.id}&target_kind=endpoint`)).body
  const [{ actor }] = data as unknown as [
    { actor: { kind: string; id: string; sessionId: string } },
  ]
  assert.deepEqual([actor.kind, actor.sessionId], ['application-token', 'user_7'])
  // The row of the token's own making has the same id.
  const made = (await api.get(`audit-log?target_id=${actor.id}`)).body.data
  assert.equal(made[0]!['operation'], 'v1.authentication.app-portal-access')
  assert.equal((await api.get(`audit-log?actor=${actor.id}`)).body.data.length, 1)
})

test('a change that is refused leaves no row, no message, nothing', async () => {
  await api.post('operational-webhook/endpoint', { url: 'https://example.com/' })
  const { body: app } = await api.post('app', { name: 'refused' })
  const endpoints = `app/${app.id}/endpoint`
  const url = 'https://example.com/'
  const taken = (await api.post(endpoints, { url, uid: 'taken' })).body.id
  const other = (await api.post(endpoints, { url, uid: 'other' })).body.id
  for (let count = 0; count < 10; count++) await api.post(`${endpoints}/${taken}/secret/rotate`)
  const before = await snapshot(api)
  const refused = [
    await api.post(endpoints, { url, uid: 'taken' }),
    await api.patch(`${endpoints}/${other}`, { uid: 'taken' }),
    await api.put(`${endpoints}/${other}`, { url, uid: 'taken' }),
    await api.post(`${endpoints}/${taken}/secret/rotate`),
    await api.delete(`${endpoints}/${newId('endpoint')}`),
    await api.put(`${endpoints}/${other}/headers`, { headers: { Host: 'evil' } }),
  ]
  assert.deepEqual(
    refused.map(({ status }) => status),
    [409, 409, 409, 400, 404, 422],
  )
  assert.deepEqual(await snapshot(api), before)
})

test('a change whose row cannot be written is not made, and nobody is told of it', async () => {
  const app = (await api.post('app', { name: 'crash' })).body.id
  await pool.query(`alter table audit_log add constraint broken check (target_uid <> 'crash-1')`)
  const before = await snapshot(api)
  const body = { url: 'https://example.com/', uid: 'crash-1' }
  await assert.rejects(api.post(`app/${app}/endpoint`, body), /broken/)
  assert.deepEqual(await snapshot(api), before)
  await pool.query('alter table audit_log drop constraint broken')
})

test('a repetition with the same Idempotency-Key is noted once', async () => {
  const since = await newest()
  const headers = { 'idempotency-key': randomUUID() }
  const call = { method: 'POST', path: 'app', body: { name: 'once' }, headers }
  await api.call(call)
  assert.equal((await api.call(call)).headers['idempotent-replayed'], 'true')
  assert.equal((await rowsAfter(since)).length, 1)
})

test('an application that a message brings along is noted', async () => {
  const since = await newest()
  const application = { name: 'inline', uid: 'inline-1' }
  const message = { eventType: 'a', payload: {}, application }
  for (let count = 0; count < 2; count++) await api.post('app/inline-1/msg', message)
  assert.deepEqual(
    (await rowsAfter(since)).map((row) => [row.operation, row.target_kind]),
    [['v1.message.create', 'application']],
  )
})

test('no row holds a secret: not of headers, URLs, keys or tokens', async () => {
  const secret = () => randomBytes(24).toString('base64url')
  const secrets: string[] = []
  const own = () => {
    secrets.push(secret())
    return secrets.at(-1)!
  }
  const key = () => {
    const text = randomBytes(24).toString('base64')
    secrets.push(text)
    return `whsec_${text}`
  }
  const { body: app } = await api.post('app', { name: 'secrets' })
  for (const path of [`app/${app.id}/endpoint`, 'operational-webhook/endpoint']) {
    const body = () => ({ url: `https://${own()}:${own()}@example.com/` })
    const headers = () => ({ Authorization: own(), 'X-Plain': own() })
    const { id } = (await api.post(path, { ...body(), secret: key(), headers: headers() })).body
    const shown = await api.get(`${path}/${id}/secret`)
    secrets.push(shown.body.key.replace('whsec_', ''))
    await api.put(`${path}/${id}`, body())
    await api.post(`${path}/${id}/secret/rotate`, { key: key() })
    await api.post(`${path}/${id}/secret/rotate`)
    secrets.push((await api.get(`${path}/${id}/secret`)).body.key.replace('whsec_', ''))
    await api.put(`${path}/${id}/headers`, { headers: headers() })
    if (path.startsWith('app/')) {
      await api.patch(`${path}/${id}`, body())
      await api.patch(`${path}/${id}/headers`, { headers: { ...headers(), Gone: null } })
    }
    await api.delete(`${path}/${id}`)
  }
  secrets.push(await api.tokenOf(app.id))
  const keys = `management/authentication/${mine['env_id']}/api-token`
  const made = (await api.post(keys, { name: 'secret' })).body
  const token = String(made['token'])
  // Neither the token nor the end of it, which the list of keys shows.
  secrets.push(token, `"${token.slice(-4)}"`)
  await api.patch(`${keys}/${made.id}`, { name: 'renamed' })
  await api.post(`${keys}/${made.id}/expire`)
  await api.delete(`app/${app.id}`)

  const { rows } = await pool.query<{ text: string }>(
    'select row_to_json(a)::text as text from audit_log a',
  )
  const all = rows.map(({ text }) => text).join('\n')
  assert.ok(secrets.length > 25 && all.includes('[redacted]'))
  for (const one of secrets) {
    assert.ok(!all.includes(one), `a secret is in the log: ${one}`)
    assert.ok(!all.includes(encodeURIComponent(one)))
  }
})

test('that credentials or a secret were replaced is said', async () => {
  const { body: app } = await api.post('app', { name: 'replaced' })
  const { body } = await api.post(`app/${app.id}/endpoint`, { url: 'https://a:b@example.com/' })
  await api.patch(`app/${app.id}/endpoint/${body.id}`, { url: 'https://a:c@example.com/' })
  await api.post(`app/${app.id}/endpoint/${body.id}/secret/rotate`)
  const { data } = (await api.get(`audit-log?target_id=${body.id}`)).body
  const redacted = '[redacted]'
  assert.deepEqual(data.map(({ operation, after }) => [operation, after]).slice(0, 2), [
    ['v1.endpoint.rotate-secret', { gracePeriodSeconds: 86_400, secret: redacted }],
    ['v1.endpoint.patch', { credentials: redacted }],
  ])
})

test('the log pages newest first, and filters', async () => {
  const { body: app } = await api.post('app', { name: 'paged' })
  for (const name of ['a', 'b', 'c']) await api.patch(`app/${app.id}`, { name })
  const path = `audit-log?application_id=${app.id}`
  const first = (await api.get(`${path}&limit=3`)).body
  assert.deepEqual([first.data.length, first.done], [3, false])
  const second = (await api.get(`${path}&limit=3&iterator=${first.iterator}`)).body
  assert.deepEqual([second.data.length, second.done], [1, true])
  assert.equal(second.data[0]!['operation'], 'v1.application.create')
  const ids = [...first.data, ...second.data].map(({ id }) => id)
  assert.deepEqual(ids, ids.toSorted().reverse())

  const count = async (query: string) => (await api.get(`${path}&${query}`)).body.data.length
  assert.equal(await count('operation=v1.application.patch'), 3)
  assert.equal(await count('target_kind=endpoint'), 0)
  assert.equal(await count(`after=${new Date(Date.now() + 60_000).toISOString()}`), 0)
  assert.equal(await count(`before=${new Date(Date.now() + 60_000).toISOString()}`), 4)
  const bad = await api.get('audit-log?application_id=shop')
  assert.deepEqual(
    [bad.status, (bad.body.detail as { loc: string[] }[])[0]!.loc],
    [422, ['query', 'application_id']],
  )
})

test('what is older than the retention goes, and nothing else', async () => {
  const since = await newest()
  await api.post('app', { name: 'kept' })
  // Ids never go back in time within a process, so an old one is made by hand.
  await pool.query(
    `insert into audit_log (id, environment_id, actor_kind, operation, target_kind)
     select ('0190' || substr(id::text, 5))::uuid, environment_id, 'system', 'old', 'endpoint'
       from audit_log order by id desc limit 1`,
  )
  const before = await snapshot(api)
  await deleteOldChanges(api.store.db, new Date('2020-01-01'))
  assert.deepEqual(await snapshot(api), before)
  await deleteOldChanges(api.store.db, new Date(Date.now() - 60_000 * 60))
  const { rows } = await pool.query(`select from audit_log where operation = 'old'`)
  assert.equal(rows.length, 0)
  assert.equal((await rowsAfter(since)).length, 1)
})

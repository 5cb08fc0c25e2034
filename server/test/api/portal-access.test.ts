import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const { id } = (await api.post('app', { name: 'mine', uid: 'mine' })).body
const access = (reference: string, body?: unknown) =>
  api.post(`auth/app-portal-access/${reference}`, body)
const whoami = async (token: unknown) =>
  (await api.call({ method: 'GET', path: 'auth/whoami', token: String(token) })).body

test('access is a token, and a link that carries it in the fragment', async () => {
  for (const reference of [id, 'mine']) {
    const { status, body } = await access(reference)
    assert.equal(status, 200)
    assert.match(String(body['token']), /^bwa_[\w-]{43}$/)
    assert.equal(body['url'], `https://hooks.example.com/portal#key=${body['token']}`)
  }
})

test('the database holds no token', async () => {
  const { token } = (await access(id)).body
  const { rows } = await api.store.pool.query('select t::text as row from application_token t')
  assert.ok(rows.every(({ row }) => !row.includes(String(token))))
})

test('without more it may do everything, for a week', async () => {
  const { token } = (await access(id)).body
  const { envId, appId, permissionSource, sessionId, capabilities, featureFlags } =
    await whoami(token)
  assert.deepEqual([envId, appId, sessionId], [api.environmentId, id, null])
  assert.equal(permissionSource, 'Unknown')
  assert.deepEqual([(capabilities as string[]).length, featureFlags], [6, []])
  const { rows } = await api.store.pool.query<{ seconds: number }>(
    `select extract(epoch from max(expires_at - created_at))::int as seconds from application_token`,
  )
  assert.equal(rows[0]!.seconds, 604_800)
})

test('capabilities, flags and a session are as they were asked for', async () => {
  const body = {
    capabilities: ['CreateAttempts', 'CreateAttempts'],
    featureFlags: ['beta', 'beta'],
    sessionId: 'user_1@x',
    expiry: 3600,
  }
  const said = await whoami((await access(id, body)).body['token'])
  assert.deepEqual(said['capabilities'], ['ViewBase', 'CreateAttempts'])
  assert.deepEqual([said['featureFlags'], said['sessionId']], [['beta'], 'user_1@x'])
})

test('read-only wins over capabilities, and none of them is the least', async () => {
  for (const body of [{ readOnly: true, capabilities: ['ManageEndpoint'] }, { capabilities: [] }]) {
    const said = await whoami((await access(id, body)).body['token'])
    assert.deepEqual(said['capabilities'], ['ViewBase'])
  }
})

test('an application that is brought along is made once and never renamed', async () => {
  for (const name of ['first', 'second']) {
    const { status, body } = await access('new', { application: { name, uid: 'new' } })
    assert.equal(status, 200)
    const own = await api.call({ method: 'GET', path: 'app/new', token: String(body['token']) })
    assert.deepEqual([own.status, own.body['name']], [200, 'first'])
  }
  const existing = await access('mine', { application: { name: 'other', uid: 'mine' } })
  assert.equal(existing.status, 200)
  assert.equal((await api.get('app/mine')).body['name'], 'mine')
})

test('the older form gives the same', async () => {
  const { status, body } = await api.post('auth/dashboard-access/mine', '{ ignored')
  assert.equal(status, 200)
  assert.equal(body['url'], `https://hooks.example.com/portal#key=${body['token']}`)
  assert.equal((await whoami(body['token']))['appId'], id)
})

test('whoami says of a key its environment and scope', async () => {
  assert.deepEqual(await whoami(api.token), {
    envId: api.environmentId,
    appId: null,
    permissionSource: 'Unknown',
    sessionId: null,
    scope: 'full',
    capabilities: null,
    featureFlags: null,
  })
})

const post = { method: 'POST', path: 'auth/app-portal-access/mine' }
const unknown = { method: 'POST', path: `auth/app-portal-access/${newId('application')}` }
const bringing = { method: 'POST', path: 'auth/app-portal-access/brought' }
const uid = ['body', 'application', 'uid']

testCases(api, [
  { name: 'an unknown application is not found', ...unknown, status: 404 },
  { name: 'the body comes before the application', ...unknown, body: '{', status: 422 },
  {
    name: 'an application without uid',
    ...bringing,
    body: { application: { name: 'x' } },
    status: 422,
    loc: uid,
    has: ['application_uid_missing'],
  },
  {
    name: 'an application with another uid',
    ...bringing,
    body: { application: { name: 'x', uid: 'other' } },
    status: 422,
    loc: uid,
    has: ['application_uid_mismatch'],
  },
  ...Object.entries({
    expiry: [3599, 604_801, 4000.5, '3600'],
    sessionId: ['', 'a b', 'x'.repeat(65)],
    featureFlags: [['a b'], 'a', [''], Array.from({ length: 26 }, (_, n) => `f${n}`)],
    capabilities: [['viewbase'], 'ViewBase'],
    readOnly: ['yes'],
  }).flatMap(([field, values]) =>
    values.map((value) => ({
      name: `${field} may not be ${JSON.stringify(value).slice(0, 40)}`,
      ...post,
      body: { [field]: value },
      status: 422,
      has: [`["body","${field}"`],
    })),
  ),
  ...[3600, 604_800, null].map((expiry) => ({
    name: `an expiry may be ${expiry}`,
    ...post,
    body: { expiry, sessionId: null, featureFlags: null, capabilities: null, readOnly: null },
    status: 200,
  })),
])

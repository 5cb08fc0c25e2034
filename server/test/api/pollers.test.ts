import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_CONSUMERS, MAX_POLLERS } from '../../src/domain/poller.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
await api.post('event-type', { name: 'lead.create', description: '' })
const newApp = async () => `app/${(await api.post('app', { name: 'app' })).body.id}`
const app = await newApp()

async function newPoller(fields: object = {}, of = app) {
  const { status, body, text } = await api.post(`${of}/poller`, fields)
  assert.equal(status, 201, text)
  return {
    id: body.id,
    path: `${of}/poller/${body.id}`,
    token: `auth/${of}/poller/${body.id}/token`,
  }
}
const send = async (fields: object = {}, of = app) =>
  (await api.post(`${of}/msg`, { eventType: 'a', payload: { n: 1 }, ...fields })).body.id

async function poll(path: string, query: Record<string, string> = {}, token = api.token) {
  const at = `${path}?${new URLSearchParams(query)}`
  const { status, body, text } = await api.call({ method: 'GET', path: at, token })
  assert.equal(status, 200, text)
  return { ids: body.data.map(({ id }) => id), iterator: body.iterator!, done: body.done }
}

/** Everything there is, a page at a time. */
async function all(path: string, query: Record<string, string> = {}) {
  let { iterator } = await poll(path)
  const ids: string[] = []
  for (;;) {
    const page = await poll(path, { ...query, iterator })
    ids.push(...page.ids)
    iterator = page.iterator
    if (page.done) return ids
  }
}

const { path } = await newPoller()

test('the first call says where to begin; from there everything since the poller was made comes', async () => {
  await send()
  const { path } = await newPoller()
  const ids = [await send(), await send(), await send()]
  const first = await poll(path)
  assert.deepEqual([first.ids, first.done], [[], false])
  assert.deepEqual(await all(path, { limit: '2' }), ids)
  assert.deepEqual(await all(path), ids, 'and again')
})

test('at the end it gives the same iterator, and goes on from there', async () => {
  const { path } = await newPoller()
  const first = await send()
  const page = await poll(path, { iterator: (await poll(path)).iterator })
  assert.deepEqual([page.ids, page.done], [[first], true])
  const { iterator } = page
  assert.deepEqual(await poll(path, { iterator }), { ids: [], iterator, done: true })
  const second = await send()
  assert.deepEqual((await poll(path, { iterator })).ids, [second])
})

test('messages are shown as anywhere else, with their payloads', async () => {
  const { path } = await newPoller()
  const id = await send({ eventId: 'shown', channels: ['c'], tags: ['t'] })
  const { iterator } = await poll(path)
  const { data } = (await api.get(`${path}?iterator=${iterator}`)).body
  assert.deepEqual(data, [(await api.get(`${app}/msg/${id}`)).body])
})

test('it gets what its own filters let through', async () => {
  const typed = await newPoller({ eventTypes: ['lead.create'] })
  const channeled = await newPoller({ channels: ['eu'] })
  const lead = await send({ eventType: 'lead.create' })
  const eu = await send({ channels: ['eu', 'us'] })
  await send({ channels: ['us'] })
  assert.deepEqual(await all(typed.path), [lead])
  assert.deepEqual(await all(channeled.path), [eu])
})

test('a poll may filter further, and still gets to the end', async () => {
  const { path } = await newPoller()
  const ids: string[] = []
  for (let n = 0; n < 9; n++) {
    const id = await send({ eventType: n % 3 ? 'b' : 'c', channels: [n % 2 ? 'odd' : 'even'] })
    ids.push(id)
  }
  const third = ids.filter((_, n) => n % 3 === 0)
  assert.deepEqual(await all(path, { event_type: 'c', limit: '1' }), third)
  assert.deepEqual(
    await all(path, { channel: 'odd' }),
    ids.filter((_, n) => n % 2),
  )
  assert.deepEqual(await all(path, { event_type: 'c', channel: 'odd' }), [ids[3]])
  assert.deepEqual(await all(path, { event_type: 'none' }), [])
})

test('changed filters count for messages from then on', async () => {
  const { path } = await newPoller()
  const before = await send()
  const patched = await api.patch(path, { eventTypes: ['lead.create'], uid: 'crm' })
  assert.deepEqual([patched.status, patched.body['uid']], [200, 'crm'])
  await send()
  const after = await send({ eventType: 'lead.create' })
  assert.deepEqual(await all(`${app}/poller/crm`), [before, after])
})

test('after begins at the first message of that time', async () => {
  const { path } = await newPoller()
  const ids: string[] = []
  const times: string[] = []
  for (let n = 0; n < 3; n++) {
    const { id, timestamp } = (await api.post(`${app}/msg`, { eventType: 'a', payload: {} })).body
    ids.push(id)
    times.push(String(timestamp))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.deepEqual((await poll(path, { after: times[1]! })).ids, ids.slice(1))
  assert.deepEqual((await poll(path, { after: new Date(0).toISOString() })).ids, ids)
  const later = await poll(path, { after: new Date(Date.now() + 60_000).toISOString() })
  assert.deepEqual([later.ids, later.done], [[], true])
  const next = await send()
  assert.deepEqual((await poll(path, { iterator: later.iterator })).ids, [next])
})

test('what is to be sent later comes when it is due, after what came before', async () => {
  const { path } = await newPoller()
  const deliverAt = new Date(Date.now() + 3_600_000).toISOString()
  const scheduled = await send({ deliverAt })
  const now = await send()
  const { iterator } = await poll(path)
  const page = await poll(path, { iterator })
  assert.deepEqual(page.ids, [now])
  await api.store.pool.query(`update poller_waiting set due_at = now() - interval '1 ms'`)
  assert.deepEqual((await poll(path, { iterator: page.iterator })).ids, [scheduled])
})

test('the place of a consumer is kept here', async () => {
  const { path } = await newPoller()
  const one = `${path}/consumer/one`
  const two = `${path}/consumer/two`
  const ids = [await send(), await send(), await send()]
  const first = await poll(one)
  assert.deepEqual([first.ids, first.done], [[], false])
  const batch = await poll(one, { limit: '2' })
  assert.deepEqual([batch.ids, batch.done], [ids.slice(0, 2), false])
  assert.deepEqual((await poll(one)).ids, ids.slice(2))
  assert.deepEqual((await poll(one)).ids, [])
  const again = await poll(one, { iterator: batch.iterator })
  assert.deepEqual(again.ids, ids.slice(2), 'an iterator counts instead of the place')
  await poll(two)
  assert.deepEqual((await poll(two)).ids, ids)
})

test('a consumer is moved to a time', async () => {
  const { path } = await newPoller()
  const one = `${path}/consumer/one`
  const id = await send()
  await poll(one)
  assert.deepEqual((await poll(one)).ids, [id])
  assert.deepEqual((await poll(one)).ids, [])
  const seek = await api.post(`${one}/seek`, { after: '2020-01-01T00:00:00Z' })
  assert.equal(seek.status, 200)
  assert.deepEqual((await poll(one)).ids, [id])
  await api.post(`${one}/seek`, { after: new Date(Date.now() + 60_000) })
  assert.deepEqual((await poll(one)).ids, [])
  const fresh = `${path}/consumer/fresh`
  await api.post(`${fresh}/seek`, { after: '2020-01-01T00:00:00Z' })
  assert.deepEqual((await poll(fresh)).ids, [id], 'one that was never seen, too')
})

test('an expunged message is still there, without its payload', async () => {
  const { path } = await newPoller()
  const id = await send()
  await api.delete(`${app}/msg/${id}/content`)
  const { iterator } = await poll(path)
  const { data } = (await api.get(`${path}?iterator=${iterator}`)).body
  assert.deepEqual([data[0]!.id, data[0]!['payload']], [id, { expired: true }])
})

test('pollers are listed, and what is deleted is gone with its token', async () => {
  const own = await newApp()
  const kept = await newPoller({}, own)
  const gone = await newPoller({ description: 'gone', uid: 'gone' }, own)
  const listed = (await api.get(`${own}/poller`)).body.data
  assert.deepEqual(
    listed.map(({ id }) => id),
    [gone.id, kept.id],
  )
  const token = String((await api.get(gone.token)).body['token'])
  await poll(gone.path, {}, token)
  assert.equal((await api.delete(gone.path)).status, 204)
  assert.equal((await api.get(gone.path)).status, 404)
  assert.equal((await api.call({ method: 'GET', path: gone.path, token })).status, 401)
  assert.equal((await api.delete(gone.path)).status, 404)
  await newPoller({ uid: 'gone' }, own)
})

test('a rotated token works for a while yet, or not at all', async () => {
  const { path, token: at } = await newPoller()
  const get = async () => (await api.get(at)).body
  const status = async (token: unknown) =>
    (await api.call({ method: 'GET', path, token: String(token) })).status
  const first = await get()
  assert.deepEqual([first['expiresAt'], first['scopes']], [null, ['poller']])
  assert.equal((await get())['token'], first['token'], 'it may be looked at again')
  const second = await api.post(`${at}/rotate`, { expiry: 3_600 })
  assert.equal(second.status, 201)
  const validity = Date.parse(String(second.body['expiresAt'])) - Date.now()
  assert.ok(Math.abs(validity - 3_600_000) < 60_000)
  assert.deepEqual(await get(), second.body)
  assert.deepEqual([await status(first['token']), await status(second.body['token'])], [200, 200])
  const third = await api.post(`${at}/rotate`, { oldTokenExpiry: 0 })
  assert.equal(await status(second.body['token']), 401)
  assert.equal(await status(third.body['token']), 200)
  assert.equal(await status(first['token']), 200, 'the one before has its own time')
})

test('no token is stored as it is', async () => {
  const { token: at } = await newPoller()
  const token = String((await api.get(at)).body['token'])
  assert.match(token, /^bwp_[\w-]{43}$/)
  const { rows } = await api.store.pool.query<{ row: string }>(
    `select t::text || encode(sealed, 'escape') as row from poller_token t`,
  )
  for (const { row } of rows) assert.ok(!row.includes(token.slice(4)))
})

test('there is an end to old tokens, pollers and consumers', async () => {
  const own = await newApp()
  const { path, token } = await newPoller({}, own)
  const rotate = () => api.post(`${token}/rotate`, {})
  for (let n = 0; n < 10; n++) assert.equal((await rotate()).status, 201)
  const eleventh = await rotate()
  assert.deepEqual([eleventh.status, eleventh.body.code], [400, 'limit_reached'])
  assert.equal((await api.post(`${token}/rotate`, { oldTokenExpiry: 0 })).status, 201)

  for (let n = 0; n < MAX_CONSUMERS; n++) await poll(`${path}/consumer/c${n}`)
  const late = await api.get(`${path}/consumer/late`)
  assert.deepEqual([late.status, late.body.code], [400, 'limit_reached'])
  await poll(`${path}/consumer/c0`)

  for (let n = 1; n < MAX_POLLERS; n++) await newPoller({}, own)
  const tooMany = await api.post(`${own}/poller`, {})
  assert.deepEqual([tooMany.status, tooMany.body.code], [400, 'limit_reached'])
})

test('a uid is taken once in an application', async () => {
  await newPoller({ uid: 'once' })
  const again = await api.post(`${app}/poller`, { uid: 'once' })
  assert.deepEqual([again.status, again.body.code], [409, 'conflict'])
  await newPoller({ uid: 'once' }, await newApp())
})

const get = { method: 'GET', status: 422, loc: ['query', 'iterator'] }
const create = { method: 'POST', path: `${app}/poller`, status: 422 }
testCases(api, [
  ...['', '-1', 'pos_', 'pos_-1', 'pos_1x', `pos_${'9'.repeat(19)}`, 'msg_1', '%00'].map(
    (iterator) => ({
      name: `"${iterator}" is no iterator`,
      ...get,
      path: `${path}?iterator=${iterator}`,
    }),
  ),
  { name: 'no name of a consumer', method: 'GET', path: `${path}/consumer/a%20b`, status: 404 },
  { name: 'no date', method: 'GET', path: `${path}?after=soon`, status: 400 },
  { name: 'a page of 251', method: 'GET', path: `${path}?limit=251`, status: 422 },
  {
    name: 'seek needs a time',
    method: 'POST',
    path: `${path}/consumer/a/seek`,
    body: {},
    status: 422,
    loc: ['body', 'after'],
  },
  {
    name: 'unknown event types',
    ...create,
    body: { eventTypes: ['nope'] },
    loc: ['body', 'eventTypes'],
  },
  { name: 'no event types', ...create, body: { eventTypes: [] }, loc: ['body', 'eventTypes'] },
  { name: 'a uid like an id', ...create, body: { uid: 'poll_1' }, loc: ['body', 'uid'] },
])

// A filter decides before the first attempt, once, and what it held back says which rule did.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

type Listed = {
  id: string
  status: number
  statusText: string
  statusReason?: string
  filteredBy?: string
}

async function filtered(filter: object, env = {}, options: Parameters<typeof oneEndpoint>[1] = {}) {
  const bellwire = await startBellwire(env)
  const one = await oneEndpoint(bellwire, options)
  const path = `/app/${one.app}/endpoint/${one.endpoint.id}`
  const set = (next: object | null) => bellwire.call('PUT', `${path}/filter`, { filter: next })
  assert.equal((await set(filter)).status, 204)
  const list = async (where: string): Promise<Listed[]> =>
    (await bellwire.call('GET', where)).body['data'] as Listed[]
  return { bellwire, ...one, path, set, list }
}

test('what a filter holds back is never sent, and shown to who asks for it', async () => {
  const { app, send, receiver, ended, list, path, endpoint } = await filtered({
    'payload.employees': { $gt: 50 },
  })
  const small = await send({ employees: 7 })
  const big = await send({ employees: 51 })
  assert.deepEqual(await ended(), ['filtered', 'succeeded'])
  assert.deepEqual(
    receiver.received.map(({ headers }) => headers['webhook-id']),
    [big.id],
  )
  const rule = 'payload.employees $gt 50'
  const shown = { status: 4, statusText: 'canceled', statusReason: 'filtered', filteredBy: rule }
  const to = `/app/${app}/msg/${small.id}/endpoint`
  assert.deepEqual(await list(to), [])
  const [destination, ...none] = await list(`${to}?with_filtered=true`)
  assert.deepEqual(none, [])
  assert.equal(destination!.id, endpoint.id)
  const { status, statusText, statusReason, filteredBy } = destination!
  assert.deepEqual({ status, statusText, statusReason, filteredBy }, shown)
  assert.deepEqual(
    (await list(`${path}/msg`)).map(({ id }) => id),
    [big.id],
  )
  const all = await list(`${path}/msg?with_filtered=true`)
  assert.deepEqual(
    all.map(({ id, filteredBy }) => [id, filteredBy]),
    [
      [big.id, undefined],
      [small.id, rule],
    ],
  )
  const held = await list(`${path}/msg?with_filtered=true&status=4`)
  assert.deepEqual(
    held.map(({ id }) => id),
    [small.id],
  )
})

test('a filter that an endpoint is created with holds from its first message on, also over REST hooks', async () => {
  const bellwire = await startBellwire()
  const { call, svix } = bellwire
  const { app, receiver } = await oneEndpoint(bellwire)
  await svix.eventType.create({ name: 'a.b', description: '' })
  const own = await startReceiver()
  const filter = { 'payload.country': 'SE' }
  const created = await call('POST', `/app/${app}/endpoint`, { url: own.url, filter })
  assert.equal(created.status, 201, created.text)
  const hooked = await startReceiver()
  const hook = await fetch(`${bellwire.url}/hooks?app_id=${app}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bellwire.token}` },
    body: JSON.stringify({ targetUrl: hooked.url, event: 'a.b', filter }),
  })
  const { filter: shown } = (await hook.json()) as { filter: object }
  assert.deepEqual([hook.status, shown], [201, filter])
  for (const country of ['NO', 'SE']) {
    await svix.message.create(app, { eventType: 'a.b', payload: { country } })
  }
  await until('nothing is pending', async () => (await bellwire.pending()) === 0)
  const got = ({ received }: typeof own) => received.map(({ body }) => body.toString())
  assert.deepEqual([got(own), got(hooked)], [['{"country":"SE"}'], ['{"country":"SE"}']])
  assert.equal(receiver.received.length, 2)
  // What a client that knows of no filters does to the endpoint leaves it.
  const { id } = created.body as { id: string }
  await svix.endpoint.upsert(app, id, { url: own.url, description: 'renamed' })
  await svix.endpoint.patch(app, id, { description: 'patched' })
  assert.deepEqual((await call('GET', `/app/${app}/endpoint/${id}`)).body['filter'], filter)
  await call('PATCH', `/app/${app}/endpoint/${id}`, { filter: null })
  await svix.message.create(app, { eventType: 'a.b', payload: { country: 'NO' } })
  await until('the change counts', () => own.received.length === 2)
})

test('a resend and an example pass the filter, and the resend is what is known of it then', async () => {
  const { bellwire, app, endpoint, send, receiver, ended, list, path } = await filtered({
    'payload.wanted': true,
  })
  const { id } = await send({ wanted: false })
  assert.deepEqual(await ended(), ['filtered'])
  await bellwire.svix.messageAttempt.resend(app, id, endpoint.id)
  await until('it came', () => receiver.received.length === 1)
  assert.deepEqual(await ended(), ['succeeded'])
  const [shown] = await list(`${path}/msg`)
  assert.deepEqual([shown!.id, shown!.status], [id, 0])
  await bellwire.svix.endpoint.sendExample(app, endpoint.id, { eventType: 'svix.ping' })
  await until('the example came', () => receiver.received.length === 2)
})

test('a failed attempt is tried again although the filter would not let it pass any more', async () => {
  const { set, send, receiver, ended } = await filtered(
    { 'payload.n': 1 },
    { BELLWIRE_RETRY_SCHEDULE: '1' },
    { react: (_, count) => (count === 1 ? { status: 500 } : {}) },
  )
  await send({ n: 1 })
  await until('the first attempt', () => receiver.received.length >= 1)
  await set({ 'payload.n': 2 })
  assert.deepEqual(await ended(), ['succeeded'])
  assert.equal(receiver.received.length, 2)
})

test("types, channels, tags and the application's metadata, and a segment that changes", async () => {
  const { bellwire, app, receiver, ended, set } = await filtered({ type: { $startsWith: 'a.' } })
  const { call, svix } = bellwire
  const post = (body: object) =>
    call('POST', `/app/${app}/msg`, { eventType: 'a.b', payload: {}, ...body })
  await call('PUT', '/segment/vip', { filter: { 'metadata.plan': 'pro' } })
  await set({ $segment: 'vip', tags: 'import', channels: { $contains: 'eu' } })
  const message = { tags: ['import'], channels: ['eu', 'us'] }
  await post(message)
  assert.deepEqual(await ended(), ['filtered'])
  await svix.application.patch(app, { metadata: { plan: 'pro' } })
  await post(message)
  await post({ ...message, tags: ['other'] })
  assert.deepEqual(await ended(), ['filtered', 'succeeded', 'filtered'])
  await call('PUT', '/segment/vip', { filter: { 'metadata.plan': 'max' } })
  await post(message)
  assert.deepEqual(await ended(), ['filtered', 'succeeded', 'filtered', 'filtered'])
  await call('PUT', `/app/${app}/segment/vip`, { filter: { 'payload.ok': { $exists: false } } })
  await post(message)
  assert.equal((await ended()).at(-1), 'succeeded')
  assert.equal(receiver.received.length, 2)
})

test('what was claimed later, after a restart of sending, is asked as well', async () => {
  const { bellwire, app, endpoint, set, ended, receiver } = await filtered({ 'payload.n': 1 })
  // Born free: due in the future, so no node has it in hand.
  const { store, call } = bellwire
  await call('POST', `/app/${app}/msg`, {
    eventType: 'a.b',
    payload: { n: 2 },
    tags: ['late'],
    deliverAt: new Date(Date.now() + 120_000),
  })
  await set({ 'payload.n': 2, tags: 'early' })
  await store.pool.query('update pending_delivery set due_at = now() where endpoint_id is not null')
  await bellwire.svix.endpoint.sendExample(app, endpoint.id, { eventType: 'svix.ping' })
  assert.deepEqual((await ended()).toSorted(), ['filtered', 'succeeded'])
  assert.equal(receiver.received.length, 1)
})

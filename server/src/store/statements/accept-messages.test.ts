import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../../../test/database.ts'
import { NODE, newMessage, seedApplication, seedEndpoint } from '../../../test/seed.ts'
import { toUuid } from '../../domain/ids.ts'
import { deleteApplication, updateApplication } from '../applications.ts'
import type { Pool } from '../connect.ts'
import { getMessage } from '../messages.ts'
import { acceptMessages } from './accept-messages.ts'

const store = await testDatabase()
const lease = { nodeId: NODE, room: 1000, full: [] }

test('a message is stored byte for byte and answers to its id and its event id', async () => {
  const { id, environmentId } = await seedApplication(store)
  const payload = Buffer.from('{ "n": 1.0, "big": 12345678901234567890, "\\u0000": "é" }')
  const message = newMessage(
    environmentId,
    { id },
    { payload, eventId: 'order-1', channels: ['a"b', 'c\\d'] },
  )
  const [accepted] = await acceptMessages(store.hot, [message], lease)
  assert.equal(accepted?.result, 'accepted')
  const stored = await getMessage(store.db, id, 'order-1')
  assert.deepEqual(stored.payload, payload)
  assert.deepEqual(stored.channels, ['a"b', 'c\\d'])
  assert.deepEqual(await getMessage(store.db, id, message.id), stored)
})

test('payloads that arrive together do not mix', async () => {
  const { id, environmentId } = await seedApplication(store)
  const messages = ['{}', '{"longer":"payload"}', '{"x":1}'].map((text) =>
    newMessage(environmentId, { id }, { payload: Buffer.from(text) }),
  )
  await acceptMessages(store.hot, messages, lease)
  for (const message of messages) {
    assert.deepEqual((await getMessage(store.db, id, message.id)).payload, message.payload)
  }
})

test('an application is found by id or uid in its environment only, and not once deleted', async () => {
  const { id, environmentId } = await seedApplication(store, 'acme')
  const foreign = '00000000-0000-7000-8000-000000000001'
  const { rows } = await store.pool.query(
    "insert into environment (id, name) values ($1, 'other') on conflict do nothing returning id",
    [foreign],
  )
  assert.equal(rows.length, 1)
  const other = 'org_000000000000000000000000001' as const
  const results = await acceptMessages(
    store.hot,
    [
      newMessage(environmentId, { uid: 'acme' }),
      newMessage(environmentId, { id }),
      newMessage(environmentId, { uid: 'ACME' }),
      newMessage(other, { uid: 'acme' }),
      newMessage(other, { id }),
    ],
    lease,
  )
  assert.deepEqual(
    results.map(({ result }) => result),
    ['accepted', 'accepted', 'no_application', 'no_application', 'no_application'],
  )
  await deleteApplication(store.db, environmentId, id)
  const [gone] = await acceptMessages(store.hot, [newMessage(environmentId, { id })], lease)
  assert.equal(gone?.result, 'no_application')
})

test('an event id is taken once, within a batch and across batches', async () => {
  const { id, environmentId } = await seedApplication(store)
  const same = () => newMessage(environmentId, { id }, { eventId: 'once' })
  const first = await acceptMessages(
    store.hot,
    [same(), same(), newMessage(environmentId, { id })],
    lease,
  )
  const results = first.map(({ result }) => result)
  assert.deepEqual(results.toSorted(), ['accepted', 'accepted', 'duplicate'])
  assert.equal(results[2], 'accepted')
  const [second] = await acceptMessages(store.hot, [same()], lease)
  assert.equal(second?.result, 'duplicate')
})

test('an endpoint gets what its event types and channels ask for', async () => {
  const { id, environmentId } = await seedApplication(store)
  const all = await seedEndpoint(store, id)
  const typed = await seedEndpoint(store, id, { eventTypes: ['lead.create', 'lead.update'] })
  const channelled = await seedEndpoint(store, id, { channels: ['news'] })
  await seedEndpoint(store, id, { disabled: true })
  const matched = async (fields: Parameters<typeof newMessage>[2]) => {
    const [accepted] = await acceptMessages(
      store.hot,
      [newMessage(environmentId, { id }, fields)],
      lease,
    )
    assert.equal(accepted?.result, 'accepted')
    return accepted.deliveries.map(({ endpointId }) => endpointId).toSorted()
  }
  assert.deepEqual(await matched({ eventType: 'lead.create' }), [all.id, typed.id].toSorted())
  assert.deepEqual(await matched({ eventType: 'lead.Create' }), [all.id])
  assert.deepEqual(
    await matched({ eventType: 'x', channels: ['news', 'y'] }),
    [all.id, channelled.id].toSorted(),
  )
})

test('deliveries beyond the room of the node, or of a full endpoint, are born free', async () => {
  const { id, environmentId } = await seedApplication(store)
  const [a, b] = [await seedEndpoint(store, id), await seedEndpoint(store, id)]
  const messages = Array.from({ length: 3 }, () => newMessage(environmentId, { id }))
  const results = await acceptMessages(store.hot, messages, { nodeId: NODE, room: 4, full: [b.id] })
  const deliveries = results.flatMap((r) => (r.result === 'accepted' ? r.deliveries : []))
  assert.equal(deliveries.length, 6)
  assert.ok(deliveries.filter((d) => d.leased).every((d) => d.endpointId === a.id))
  const { rows } = await store.pool.query(
    'select leased_by, count(*)::int from pending_delivery where endpoint_id = any ($1) group by 1 order by 1',
    [[toUuid(a.id), toUuid(b.id)]],
  )
  const leased = deliveries.filter((d) => d.leased).length
  assert.ok(leased > 0)
  assert.deepEqual(rows, [
    { leased_by: NODE, count: leased },
    { leased_by: null, count: 6 - leased },
  ])
})

test('deliveries that have a rate are born free, those of others are not', async () => {
  const { id, environmentId } = await seedApplication(store)
  const limited = await seedEndpoint(store, id, { throttleRate: 5 })
  const unlimited = await seedEndpoint(store, id)
  const bornAt = async () => {
    const [accepted] = await acceptMessages(store.hot, [newMessage(environmentId, { id })], lease)
    assert.equal(accepted?.result, 'accepted')
    return new Map(accepted.deliveries.map((d) => [d.endpointId, [d.leased, d.limited]]))
  }
  const first = await bornAt()
  assert.deepEqual(first.get(limited.id), [false, true])
  assert.deepEqual(first.get(unlimited.id), [true, false])
  await updateApplication(store.db, environmentId, id, { throttleRate: 5 })
  assert.deepEqual((await bornAt()).get(unlimited.id), [false, true])
})

test('what is to be sent later is born free and due then, whatever the room, and takes none', async () => {
  const { id, environmentId } = await seedApplication(store)
  await seedEndpoint(store, id)
  const deliverAt = new Date(Date.now() + 3_600_000)
  const later = newMessage(environmentId, { id }, { deliverAt })
  const now = newMessage(environmentId, { id })
  const one = { nodeId: NODE, room: 1, full: [] }
  const results = await acceptMessages(store.hot, [later, now], one)
  const leased = results.map((r) => r.result === 'accepted' && r.deliveries[0]!.leased)
  assert.deepEqual(leased, [false, true])
  const { rows } = await store.pool.query(
    'select leased_by, due_at from pending_delivery where message_id = $1',
    [toUuid(later.id)],
  )
  assert.deepEqual(rows, [{ leased_by: null, due_at: deliverAt }])
})

test('of an endpoint with an order all are born free, in the order of their ids, later ones by their time', async () => {
  const { id, environmentId } = await seedApplication(store)
  await seedEndpoint(store, id, { fifo: true })
  const deliverAt = new Date(Date.now() + 3_600_000)
  const later = newMessage(environmentId, { id }, { deliverAt })
  const first = newMessage(environmentId, { id })
  const second = newMessage(environmentId, { id })
  const third = newMessage(environmentId, { id })
  const results = await acceptMessages(store.hot, [later, second, first], lease)
  await acceptMessages(store.hot, [third], lease)
  for (const result of results) {
    assert.equal(result.result, 'accepted')
    assert.deepEqual(
      result.deliveries.map((d) => [d.leased, d.limited]),
      [[false, true]],
    )
  }
  const { rows } = await store.pool.query<{ message_id: string }>(
    `select message_id from pending_delivery
      where message_id = any ($1) and placed_at is not null order by placed_at, message_id`,
    [[later, first, second, third].map((message) => toUuid(message.id))],
  )
  assert.deepEqual(
    rows.map((row) => row.message_id),
    [first, second, third, later].map((message) => toUuid(message.id)),
  )
})

test('a plan from when the tables were small looks at the endpoints of no other application', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const { id } = await seedEndpoint(store, application.id)
  const other = await seedApplication(store)
  // One connection throughout, which keeps its plan.
  const client = await store.hot.connect()
  const pool = { query: client.query.bind(client) } as unknown as Pool
  const accept = () => {
    const make = () => newMessage(application.environmentId, { id: application.id })
    return acceptMessages(pool, Array.from({ length: 20 }, make), lease)
  }
  try {
    await client.query('analyze endpoint')
    for (let times = 0; times < 6; times++) await accept()
    await client.query(
      `insert into endpoint (id, application_id, url)
       select uuidv7(), $1, 'http://127.0.0.1:9/' from generate_series(1, 2000)`,
      [toUuid(other.id)],
    )
    const read = async () => {
      await client.query('select pg_stat_force_next_flush()')
      await client.query('select pg_stat_clear_snapshot()')
      const { rows } = await client.query<{ read: number }>(
        `select (pg_stat_get_tuples_fetched(oid) + pg_stat_get_tuples_returned(oid))::int as read
           from pg_class where oid = 'endpoint'::regclass`,
      )
      return rows[0]!.read
    }
    const before = await read()
    const accepted = await accept()
    assert.deepEqual(
      accepted.map((one) => one.result === 'accepted' && one.deliveries[0]?.endpointId),
      Array.from({ length: 20 }, () => id),
    )
    const rows = (await read()) - before
    assert.ok(rows <= 100, `${rows} rows of endpoint for 20 messages`)
  } finally {
    client.release()
  }
})

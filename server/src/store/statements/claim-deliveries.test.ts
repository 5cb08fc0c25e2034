import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '../../../test/database.ts'
import {
  NODE,
  OTHER_NODE,
  seedApplication,
  seedEndpoint,
  seedFreeDeliveries,
} from '../../../test/seed.ts'
import { type EndpointId, toUuid } from '../../domain/ids.ts'
import type { Store } from '../connect.ts'
import { freeDeadNodes } from '../nodes.ts'
import { claimDeliveries } from './claim-deliveries.ts'

const all = { room: 100, perEndpoint: 100, full: [] as EndpointId[], cursor: null }

test('a claimed delivery is hidden from every node', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id)
  const ids = await seedFreeDeliveries(store, application, 3)
  const { runs } = await claimDeliveries(store.hot, { nodeId: NODE, ...all })
  assert.deepEqual(runs.map(({ run }) => run.messageId).toSorted(), ids)
  assert.deepEqual(runs[0]?.payload, Buffer.from('{}'))
  for (const nodeId of [NODE, OTHER_NODE]) {
    assert.deepEqual((await claimDeliveries(store.hot, { nodeId, ...all })).runs, [])
  }
})

test('a delivery is not claimed before it is due', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id)
  await seedFreeDeliveries(store, application, 1)
  await store.pool.query("update pending_delivery set due_at = now() + interval '1 hour'")
  assert.deepEqual((await claimDeliveries(store.hot, { nodeId: NODE, ...all })).runs, [])
})

test('an endpoint with thousands of due deliveries leaves room for the others', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const crowded = await seedEndpoint(store, application.id)
  await seedFreeDeliveries(store, application, 2_000)
  const quiet = await Promise.all([1, 2, 3].map(() => seedApplication(store)))
  for (const { id } of quiet) await seedEndpoint(store, id)
  for (const other of quiet) await seedFreeDeliveries(store, other, 1)
  const { runs } = await claimDeliveries(store.hot, { nodeId: NODE, ...all })
  const shares = Object.groupBy(runs, ({ run }) => run.endpointId)
  assert.equal(Object.keys(shares).length, 4)
  assert.equal(shares[crowded.id]?.length, 25)
})

test('when more endpoints are ready than fit, the next claim goes on behind the last', async () => {
  const store = await testDatabase()
  const applications = await Promise.all(Array.from({ length: 5 }, () => seedApplication(store)))
  for (const { id } of applications) await seedEndpoint(store, id)
  for (const application of applications) await seedFreeDeliveries(store, application, 3)
  const seen: string[] = []
  let cursor: string | null = null
  for (let claim = 0; claim < 3; claim++) {
    const claimed = await claimDeliveries(store.hot, {
      ...all,
      nodeId: NODE,
      room: 2,
      perEndpoint: 1,
      cursor,
    })
    seen.push(...claimed.runs.map(({ run }) => run.endpointId))
    cursor = claimed.cursor
  }
  assert.equal(seen.length, 5)
  assert.equal(new Set(seen).size, 5)
  assert.equal(cursor, null)
})

test('a full endpoint is passed over', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const [full, free] = [
    await seedEndpoint(store, application.id),
    await seedEndpoint(store, application.id),
  ]
  await seedFreeDeliveries(store, application, 2)
  const { runs } = await claimDeliveries(store.hot, { ...all, nodeId: NODE, full: [full.id] })
  assert.deepEqual([...new Set(runs.map(({ run }) => run.endpointId))], [free.id])
})

test('what a dead node held is due at once for the others', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id)
  const ids = await seedFreeDeliveries(store, application, 2)
  for (const id of [NODE, OTHER_NODE]) {
    await store.pool.query("insert into node (id, name) values ($1, 'test')", [id])
  }
  await claimDeliveries(store.hot, { nodeId: NODE, ...all })
  assert.deepEqual(await freeDeadNodes(store.pool, { silentMs: 10_000, except: OTHER_NODE }), {
    nodes: 0,
    freed: 0,
  })
  await store.pool.query("update node set heartbeat_at = now() - interval '11 s' where id = $1", [
    NODE,
  ])
  assert.deepEqual(await freeDeadNodes(store.pool, { silentMs: 10_000, except: OTHER_NODE }), {
    nodes: 1,
    freed: 2,
  })
  const { runs } = await claimDeliveries(store.hot, { nodeId: OTHER_NODE, ...all })
  assert.deepEqual(runs.map(({ run }) => run.messageId).toSorted(), ids)
})

test('eight claimers at once share the work and take nothing twice', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  for (let i = 0; i < 4; i++) await seedEndpoint(store, application.id)
  await seedFreeDeliveries(store, application, 200)
  const taken: string[] = []
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const nodeId = `00000000-0000-7000-8000-0000000000${10 + index}`
      for (let idle = 0; idle < 3; ) {
        const { runs } = await claimDeliveries(store.hot, { ...all, nodeId, room: 40 })
        if (runs.length === 0) idle++
        taken.push(...runs.map(({ run }) => `${run.messageId} ${run.endpointId}`))
      }
    }),
  )
  assert.equal(taken.length, 800)
  assert.equal(new Set(taken).size, 800)
})

test('what is leased to a node that is no longer there is freed as well', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id)
  const ids = await seedFreeDeliveries(store, application, 2)
  // A statement of NODE that commits after others have removed it: there is no such node.
  await claimDeliveries(store.hot, { nodeId: NODE, ...all })
  const freed = await freeDeadNodes(store.pool, { silentMs: 10_000, except: OTHER_NODE })
  assert.deepEqual(freed, { nodes: 0, freed: 2 })
  const { runs } = await claimDeliveries(store.hot, { nodeId: OTHER_NODE, ...all })
  assert.deepEqual(runs.map(({ run }) => run.messageId).toSorted(), ids)
})

/** Claims as an engine does, for `seconds`: how many runs of each endpoint, and when they may be sent. */
async function claimFor(store: Store, seconds: number, nodes: string[]) {
  const began = performance.now()
  const sent: { endpointId: EndpointId; at: number }[] = []
  await Promise.all(
    nodes.map(async (nodeId) => {
      while (performance.now() - began < seconds * 1_000) {
        const { runs, againMs } = await claimDeliveries(store.hot, { ...all, nodeId })
        const now = performance.now() - began
        for (const { run, waitMs } of runs) {
          sent.push({ endpointId: run.endpointId, at: now + Math.max(0, waitMs!) })
        }
        await sleep(Math.min(againMs ?? 50, 1_000))
      }
    }),
  )
  return sent.filter(({ at }) => at < seconds * 1_000).toSorted((a, b) => a.at - b.at)
}

test('two nodes together use up the rate of an endpoint, and no more', async (t) => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id, { throttleRate: 100 })
  await seedFreeDeliveries(store, application, 500)
  const sent = await claimFor(store, 3, [NODE, OTHER_NODE])
  t.diagnostic(`${sent.length} in 3 s`)
  assert.ok(sent.length >= 270 && sent.length <= 315, `${sent.length} in 3 s at 100/s`)
  const most = Math.max(
    ...sent.map(({ at }) => sent.filter((o) => o.at >= at && o.at < at + 500).length),
  )
  assert.ok(most <= 75, `${most} within half a second`)
})

test('the endpoints of an application that have no rate share its rate, others keep theirs', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const shared = [
    await seedEndpoint(store, application.id),
    await seedEndpoint(store, application.id),
  ]
  const own = await seedEndpoint(store, application.id, { throttleRate: 30 })
  await seedFreeDeliveries(store, application, 200)
  await store.pool.query('update application set throttle_rate = 60 where id = $1', [
    toUuid(application.id),
  ])
  const sent = await claimFor(store, 2, [NODE])
  const count = (id: EndpointId) => sent.filter(({ endpointId }) => endpointId === id).length
  const [one, two] = shared.map(({ id }) => count(id)) as [number, number]
  assert.ok(one + two >= 100 && one + two <= 132, `${one} + ${two} in 2 s at 60/s`)
  assert.ok(Math.abs(one - two) <= 20, `${one} and ${two} share alike`)
  assert.ok(count(own.id) >= 50 && count(own.id) <= 66, `${count(own.id)} in 2 s at 30/s`)
})

test('a new rate, and none, hold from the next claim on', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const { id } = await seedEndpoint(store, application.id, { throttleRate: 1 })
  await seedFreeDeliveries(store, application, 200)
  assert.equal((await claimFor(store, 1, [NODE])).length, 1)
  const rated = (rate: number | null) =>
    store.pool.query('update endpoint set throttle_rate = $2 where id = $1', [toUuid(id), rate])
  await rated(40)
  const faster = await claimFor(store, 2, [NODE])
  assert.ok(faster.length >= 34 && faster.length <= 84, `${faster.length} in 2 s`)
  await rated(null)
  const { runs, againMs } = await claimDeliveries(store.hot, { ...all, nodeId: NODE })
  assert.equal(againMs, null)
  assert.ok(runs.length >= 5 && runs.every(({ waitMs }) => waitMs === null))
})

test('a hundred thousand that wait for their rate do not slow a claim for others', async (t) => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id, { throttleRate: 1 })
  await seedFreeDeliveries(store, application, 1)
  await store.pool.query(
    `insert into pending_delivery (message_id, endpoint_id, resend, due_at)
     select p.message_id, p.endpoint_id, n, now()
       from pending_delivery p, generate_series(1, 100000) n`,
  )
  await claimFor(store, 0.1, [NODE])
  const other = await seedApplication(store)
  const { id } = await seedEndpoint(store, other.id)
  const times: number[] = []
  for (let claim = 0; claim < 20; claim++) {
    await seedFreeDeliveries(store, other, 1)
    const began = performance.now()
    const { runs } = await claimDeliveries(store.hot, { ...all, nodeId: NODE })
    times.push(performance.now() - began)
    assert.ok(runs.some(({ run }) => run.endpointId === id))
    assert.ok(runs.length <= 3)
  }
  const median = times.toSorted((a, b) => a - b)[10]!
  t.diagnostic(`${median.toFixed(1)} ms`)
  assert.ok(median < 100, `${median} ms`)
})

test('of an endpoint that may have few, no more are taken', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const { id } = await seedEndpoint(store, application.id)
  await seedFreeDeliveries(store, application, 5)
  const few = [{ endpointId: id, most: 2 }]
  const { runs } = await claimDeliveries(store.hot, { ...all, nodeId: NODE, few })
  assert.equal(runs.length, 2)
})

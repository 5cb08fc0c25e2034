import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../../../test/database.ts'
import {
  NODE,
  OTHER_NODE,
  seedApplication,
  seedEndpoint,
  seedFreeDeliveries,
} from '../../../test/seed.ts'
import type { EndpointId } from '../../domain/ids.ts'
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

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
import { type EndpointId, type MessageId, toUuid } from '../../domain/ids.ts'
import type { Store } from '../connect.ts'
import { insertResend } from '../deliveries.ts'
import { findFifoLine } from '../fifo.ts'
import { freeDeadNodes } from '../nodes.ts'
import { claimDeliveries } from './claim-deliveries.ts'
import { findDueEndpoints } from './find-due-endpoints.ts'

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

/** A rate is lost that nobody claims for so long: 400 ms ahead, and 100 ms that are not used. */
const CLAIMED_MS = 500

/**
 * Claims as an engine does, for `seconds`: how many runs of each endpoint, and when they may be sent, by
 * the clock of the database. `claimed` are the seconds in which no rate was lost because a busy machine
 * kept this test from claiming.
 */
async function claimFor(store: Store, seconds: number, nodes: string[]) {
  const began = performance.now()
  const runs: { endpointId: EndpointId; at: number }[] = []
  let startMs = Number.POSITIVE_INFINITY
  /** That found the rate free; one that another claim holds is left alone. */
  const claims: number[] = []
  await Promise.all(
    nodes.map(async (nodeId) => {
      while (performance.now() - began < seconds * 1_000) {
        const claim = await claimDeliveries(store.hot, { ...all, nodeId })
        startMs = Math.min(startMs, claim.nowMs)
        if (claim.runs.length > 0) claims.push(claim.nowMs)
        for (const { run, waitMs } of claim.runs) {
          runs.push({ endpointId: run.endpointId, at: claim.nowMs + Math.max(0, waitMs!) })
        }
        await sleep(Math.min(claim.againMs ?? 50, 1_000))
      }
    }),
  )
  const endMs = startMs + seconds * 1_000 - 1
  const moments = [startMs, ...claims.filter((at) => at < endMs).toSorted((a, b) => a - b), endMs]
  const pauses = moments.map((at, n) => at - (moments[n - 1] ?? at))
  const lostMs = pauses.reduce((sum, ms) => sum + Math.max(0, ms - CLAIMED_MS), 0)
  const sent = runs.filter(({ at }) => at < endMs).toSorted((a, b) => a.at - b.at)
  return { sent, claimed: seconds - lostMs / 1_000 }
}

/** Of twenty the fifth: a plan that reads everything is slow each time, a busy machine is not. */
const quarter = (times: number[]) => times.toSorted((a, b) => a - b)[5]!

test('two nodes together use up the rate of an endpoint, and no more', async (t) => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id, { throttleRate: 100 })
  await seedFreeDeliveries(store, application, 500)
  const { sent, claimed } = await claimFor(store, 3, [NODE, OTHER_NODE])
  t.diagnostic(`${sent.length} in 3 s, of which ${claimed.toFixed(2)} s claimed`)
  assert.ok(sent.length >= 90 * claimed && sent.length <= 315, `${sent.length} in 3 s at 100/s`)
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
  const { sent, claimed } = await claimFor(store, 2, [NODE])
  const count = (id: EndpointId) => sent.filter(({ endpointId }) => endpointId === id).length
  const [one, two] = shared.map(({ id }) => count(id)) as [number, number]
  assert.ok(one + two >= 50 * claimed && one + two <= 132, `${one} + ${two} in 2 s at 60/s`)
  assert.ok(Math.abs(one - two) <= 20, `${one} and ${two} share alike`)
  const alone = count(own.id)
  assert.ok(alone >= 25 * claimed && alone <= 66, `${alone} in 2 s at 30/s`)
})

test('a new rate, and none, hold from the next claim on', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const { id } = await seedEndpoint(store, application.id, { throttleRate: 1 })
  await seedFreeDeliveries(store, application, 200)
  assert.equal((await claimFor(store, 1, [NODE])).sent.length, 1)
  const rated = (rate: number | null) =>
    store.pool.query('update endpoint set throttle_rate = $2 where id = $1', [toUuid(id), rate])
  await rated(40)
  const { sent, claimed } = await claimFor(store, 2, [NODE])
  assert.ok(sent.length >= 17 * claimed && sent.length <= 84, `${sent.length} in 2 s`)
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
  const quick = quarter(times)
  t.diagnostic(`${quick.toFixed(1)} ms`)
  assert.ok(quick < 100, `${quick} ms`)
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

const dropRun = (store: Store, messageId: MessageId) =>
  store.pool.query('delete from pending_delivery where message_id = $1', [toUuid(messageId)])

test('of an endpoint with an order one is claimed at a time, the first, whoever asks', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id, { fifo: true })
  const ids = await seedFreeDeliveries(store, application, 3)
  const beside = await seedApplication(store)
  await seedEndpoint(store, beside.id)
  const free = await seedFreeDeliveries(store, beside, 2)
  const claimed = async (nodeId: string) =>
    (await claimDeliveries(store.hot, { nodeId, ...all })).runs.map(({ run }) => run.messageId)
  // The first claim makes the row that later ones lock.
  await claimed(NODE)
  for (const id of ids) {
    assert.deepEqual(await claimed(OTHER_NODE), [id])
    assert.deepEqual(await claimed(NODE), [])
    await dropRun(store, id)
  }
  assert.deepEqual(await claimed(NODE), [])
  const { rows } = await store.pool.query('select message_id from pending_delivery')
  assert.equal(rows.length, free.length)
})

test('the first keeps its place while it waits for its retry, and the others wait with it', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const { id } = await seedEndpoint(store, application.id, { fifo: true })
  const [first] = await seedFreeDeliveries(store, application, 3)
  const claim = () => claimDeliveries(store.hot, { nodeId: NODE, ...all })
  await claim()
  const due = (at: string) =>
    store.pool.query(`update pending_delivery set due_at = ${at} where message_id = $1`, [
      toUuid(first!),
    ])
  await due("now() + interval '1 hour'")
  assert.deepEqual((await claim()).runs, [])
  // A resend is beside the order.
  await insertResend(store.db, first!, id)
  const { runs } = await claim()
  assert.deepEqual(
    runs.map(({ run, inOrder }) => [run.messageId, run.resend > 0, inOrder]),
    [[first, true, false]],
  )
  await due('now()')
  const again = await claim()
  assert.deepEqual(
    again.runs.map(({ run, inOrder }) => [run.messageId, run.resend, inOrder]),
    [[first, 0, true]],
  )
})

test('a hundred thousand in line cost a claim no more than one', async (t) => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const { id } = await seedEndpoint(store, application.id, { fifo: true })
  const [first] = await seedFreeDeliveries(store, application, 1)
  await claimDeliveries(store.hot, { nodeId: NODE, ...all })
  // With statistics from before, as it is when a backlog comes quickly.
  await store.pool.query(
    `insert into pending_delivery (message_id, endpoint_id, due_at, placed_at)
     select gen_random_uuid(), endpoint_id, now(), now() + n * interval '1 us'
       from pending_delivery, generate_series(1, 100000) n`,
  )
  const times: number[] = []
  for (let claim = 0; claim < 20; claim++) {
    const began = performance.now()
    const { runs } = await claimDeliveries(store.hot, { ...all, nodeId: NODE })
    times.push(performance.now() - began)
    assert.equal(runs.length, claim === 0 ? 1 : 0)
    if (claim === 0) assert.equal(runs[0]?.run.messageId, first)
  }
  const began = performance.now()
  const line = await findFifoLine(store.db, id)
  const tookMs = performance.now() - began
  assert.deepEqual([line.head?.messageId, line.waiting, line.approximated], [first, 10_000, true])
  const quick = quarter(times)
  t.diagnostic(`${quick.toFixed(1)} ms, to tell of the line ${tookMs.toFixed(1)} ms`)
  assert.ok(quick < 50, `${quick} ms`)
})

test('however the order changes under them, claims never have two of an endpoint in hand', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id, { fifo: true })
  const ids = await seedFreeDeliveries(store, application, 150)
  // A long walk comes between what a claim sees and what it locks.
  await store.pool.query(
    `insert into pending_delivery (message_id, endpoint_id, due_at)
     select gen_random_uuid(), gen_random_uuid(), now() + interval '1 hour'
       from generate_series(1, 999)`,
  )
  const taken: string[] = []
  // As if transactions that began long before the others committed only now.
  const shuffle = async () => {
    while (taken.length < ids.length) {
      await store.pool.query(
        `update pending_delivery set placed_at = '2000-01-01'::timestamptz - random() * interval '1 s'
          where message_id = (select message_id from pending_delivery
                               where placed_at is not null and leased_by is null
                               order by placed_at desc limit 1 for update skip locked)`,
      )
    }
  }
  const work = async (nodeId: string) => {
    while (taken.length < ids.length) {
      // The index refuses a second one: the claim would throw.
      const { runs } = await claimDeliveries(store.hot, { nodeId, ...all })
      for (const { run } of runs) {
        taken.push(run.messageId)
        await dropRun(store, run.messageId)
      }
    }
  }
  await Promise.all([shuffle(), shuffle(), ...[NODE, OTHER_NODE, NODE, OTHER_NODE].map(work)])
  assert.deepEqual(taken.toSorted(), ids.toSorted())
})

test('a claim of named endpoints takes from no others, nor out of order', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  const [named, fifo, other] = [
    await seedEndpoint(store, application.id),
    await seedEndpoint(store, application.id, { fifo: true }),
    await seedEndpoint(store, application.id),
  ]
  await seedFreeDeliveries(store, application, 3)
  const due = await findDueEndpoints(store.hot, null)
  assert.deepEqual(due.endpointIds.toSorted(), [named.id, fifo.id, other.id].toSorted())
  assert.deepEqual([due.steps, due.cursor], [3, null])
  const only = [named.id, fifo.id]
  // The first claim ever of what has an order only begins its turns.
  const claim = () => claimDeliveries(store.hot, { ...all, nodeId: NODE, only })
  const runs = [...(await claim()).runs, ...(await claim()).runs]
  const of = (id: EndpointId) => runs.filter(({ run }) => run.endpointId === id).length
  assert.deepEqual([of(named.id), of(fifo.id), of(other.id)], [3, 1, 0])
  assert.deepEqual((await findDueEndpoints(store.hot, null)).endpointIds, [other.id])
})

test('what is not due yet makes no endpoint due', async () => {
  const store = await testDatabase()
  const application = await seedApplication(store)
  await seedEndpoint(store, application.id)
  await seedFreeDeliveries(store, application, 1)
  await store.pool.query("update pending_delivery set due_at = now() + interval '1 hour'")
  const due = await findDueEndpoints(store.hot, null)
  assert.deepEqual([due.endpointIds, due.steps], [[], 1])
})

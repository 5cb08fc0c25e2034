// An endpoint that does not answer is left in peace, and comes back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { until } from '../until.ts'

test('an endpoint that hangs holds one place at most, others are as quick as before, and nothing is lost', async (t) => {
  const bellwire = await startBellwire({
    BELLWIRE_RETRY_SCHEDULE: '0.5,0.5,0.5,0.5,0.5,0.5',
    BELLWIRE_REQUEST_TIMEOUT: '1',
  })
  const hanging = await oneEndpoint(bellwire, { react: () => 'hang' })
  const healthy = await oneEndpoint(bellwire)
  await Promise.all(Array.from({ length: 300 }, () => hanging.send()))
  await until('the first are cut off', () => hanging.receiver.received.length >= 30)
  // Also what was on its way to the receiver when the circuit opened is over.
  await until('its circuit is open', async () => {
    const { rowCount } = await bellwire.store.pool.query(
      'select from pending_delivery where leased_by is not null',
    )
    return rowCount! <= 1 && hanging.receiver.open() <= 1
  })
  const sentBefore = hanging.receiver.received.length

  const delays: number[] = []
  let mostOpen = 0
  const beganAt = performance.now()
  const elapsedMs = () => performance.now() - beganAt
  // Until a probe was seen, too: the later they come back that were cut off, the later it is made.
  for (let count = 1; count <= 40 || (mostOpen === 0 && elapsedMs() < 30_000); count++) {
    const sentAt = performance.now()
    await healthy.send()
    await until('it arrives', () => healthy.receiver.received.length === count, { every: 1 })
    delays.push(healthy.receiver.received.at(-1)!.at - sentAt)
    mostOpen = Math.max(mostOpen, hanging.receiver.open())
    await sleep(100)
  }
  const median = delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)]!
  const probes = hanging.receiver.received.length - sentBefore
  const probedMs = Math.round(elapsedMs())
  t.diagnostic(`median ${median.toFixed(1)} ms beside it; ${probes} probes in ${probedMs} ms`)
  assert.ok(median < 200)
  assert.equal(mostOpen, 1)
  // Each takes a second, and comes a second or more after the last.
  assert.ok(probes >= 1 && probes <= 2 + probedMs / 1_000, `${probes} probes in ${probedMs} ms`)
  const { rows } = await bellwire.store.pool.query<{ free: number; untried: number }>(
    `select count(*) filter (where leased_by is null)::int as free,
            count(*) filter (where attempts = 0)::int as untried
       from pending_delivery`,
  )
  // What is held back is in nobody's hands, and no attempt of it is used up.
  assert.ok(rows[0]!.free >= 299 && rows[0]!.untried >= 150, JSON.stringify(rows[0]))

  hanging.receiver.react(() => ({}))
  await until('all of them', async () => (await bellwire.pending()) === 0, { within: 40_000 })
  assert.deepEqual(new Set(await hanging.ended()), new Set(['succeeded']))
})

test('a lone delivery to where nobody answers is tried by its schedule', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.2,0.2,0.2,0.2,0.2' })
  const { receiver, send, ended } = await oneEndpoint(bellwire, { react: () => 'drop' })
  await send()
  assert.deepEqual(await ended(), ['exhausted'])
  const at = receiver.received.map((request) => request.at)
  assert.equal(at.length, 6)
  // Pauses as of one that is left in peace, of 1, 2, 4 and 8 s, would take longer.
  assert.ok(at.at(-1)! - at[0]! < 5_000, `${at.at(-1)! - at[0]!} ms`)
})

test('an endpoint that never answers is switched off although most of its backlog is untried', async () => {
  const bellwire = await startBellwire({
    BELLWIRE_RETRY_SCHEDULE: '60',
    BELLWIRE_DISABLE_AFTER: '3600',
  })
  const { send, ended, shown } = await oneEndpoint(bellwire, { react: () => 'drop' })
  await Promise.all(Array.from({ length: 200 }, () => send()))
  // The time between failures is made by moving the first one back.
  await until('the first failure is noted', async () => {
    const { rowCount } = await bellwire.store.pool.query(
      "update endpoint_health set first_exhausted_at = first_exhausted_at - interval '75 minutes'",
    )
    return rowCount === 1
  })
  const off = await until('it is off', async () => {
    const endpoint = await shown()
    return endpoint['disabled'] === true && endpoint
  })
  assert.equal(off['disabledReason'], 'failing')
  await bellwire.store.pool.query('update pending_delivery set due_at = now()')
  assert.deepEqual(new Set(await ended()), new Set(['endpoint_disabled']))
})

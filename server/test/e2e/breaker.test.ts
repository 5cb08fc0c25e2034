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
  await until('its circuit is open', () => hanging.receiver.open() <= 1)
  const sentBefore = hanging.receiver.received.length

  const delays: number[] = []
  let mostOpen = 0
  for (let count = 1; count <= 40; count++) {
    const sentAt = performance.now()
    await healthy.send()
    await until('it arrives', () => healthy.receiver.received.length === count, { every: 1 })
    delays.push(healthy.receiver.received.at(-1)!.at - sentAt)
    mostOpen = Math.max(mostOpen, hanging.receiver.open())
    await sleep(100)
  }
  const median = delays.toSorted((a, b) => a - b)[20]!
  const probes = hanging.receiver.received.length - sentBefore
  t.diagnostic(
    `median ${median.toFixed(1)} ms beside it; ${probes} probes in ${40 * 100} ms and more`,
  )
  assert.ok(median < 200)
  assert.equal(mostOpen, 1)
  assert.ok(probes >= 1 && probes <= 6, `${probes} probes`)
  const { rows } = await bellwire.store.pool.query<{ free: number; untried: number }>(
    `select count(*) filter (where leased_by is null)::int as free,
            count(*) filter (where attempts = 0)::int as untried
       from pending_delivery`,
  )
  // What is held back is in nobody's hands, and no attempt of it is used up.
  assert.ok(rows[0]!.free >= 299 && rows[0]!.untried >= 150, JSON.stringify(rows[0]))

  hanging.receiver.react(() => ({}))
  await until('all of them', async () => (await bellwire.pending()) === 0, { within: 20_000 })
  assert.deepEqual(new Set(await hanging.ended()), new Set(['succeeded']))
})

test('a lone delivery to where nobody answers is tried by its schedule', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.2,0.2,0.2,0.2,0.2' })
  const { receiver, send, ended } = await oneEndpoint(bellwire, { react: () => 'drop' })
  await send()
  assert.deepEqual(await ended(), ['exhausted'])
  const at = receiver.received.map((request) => request.at)
  assert.equal(at.length, 6)
  assert.ok(at.at(-1)! - at[0]! < 1_100 + 5 * 250, `${at.at(-1)! - at[0]!} ms`)
})

test('an endpoint that never answers is switched off although most of its backlog is untried', async () => {
  const bellwire = await startBellwire({
    BELLWIRE_RETRY_SCHEDULE: '60',
    BELLWIRE_DISABLE_AFTER: '2',
  })
  const { send, ended, shown } = await oneEndpoint(bellwire, { react: () => 'drop' })
  await Promise.all(Array.from({ length: 200 }, () => send()))
  const off = await until('it is off', async () => {
    const endpoint = await shown()
    return endpoint['disabled'] === true && endpoint
  })
  assert.equal(off['disabledReason'], 'failing')
  await bellwire.store.pool.query('update pending_delivery set due_at = now()')
  assert.deepEqual(new Set(await ended()), new Set(['endpoint_disabled']))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../test/until.ts'
import { type EndpointId, newId } from '../domain/ids.ts'
import type { LeasedRun } from './deliver.ts'
import { createLanes, type LaneLimits } from './lanes.ts'

const limits: LaneLimits = {
  maxHeld: 100,
  maxHeldBytes: 10_000,
  maxInFlight: 100,
  maxHeldPerEndpoint: 60,
  maxInFlightPerEndpoint: 8,
  maxLargeBytes: 1_000,
}

const leased = (endpointId: EndpointId, payload = Buffer.from('{}')): LeasedRun => ({
  run: { messageId: newId('message'), endpointId, resend: 0 },
  nodeId: 'node',
  attempts: 0,
  revision: 1,
  eventType: 'a.b',
  contentType: null,
  facts: { channels: null, tags: null, isAddressed: false },
  payload,
})

/** Lanes whose sends end when told. */
function seededLanes(
  changed: Partial<LaneLimits> = {},
  allowed = (_: EndpointId) => 1_000,
  isKnown = (_: EndpointId) => true,
) {
  const started: { endpointId: EndpointId; end(): void }[] = []
  let reliefs = 0
  const lanes = createLanes({
    limits: { ...limits, ...changed },
    allowed,
    isKnown,
    start(run) {
      const { promise, resolve } = Promise.withResolvers<void>()
      started.push({
        endpointId: run.run.endpointId,
        end() {
          lanes.done(run)
          resolve()
        },
      })
      return promise
    },
    relieved: () => reliefs++,
  })
  const fill = (endpointId: EndpointId, count: number) => {
    for (let i = 0; i < count; i++) lanes.put(leased(endpointId))
    lanes.pump()
  }
  return { lanes, started, fill, reliefs: () => reliefs }
}

test('an endpoint sends no more at once than it may, and goes on when one ends', async () => {
  const { started, fill, lanes } = seededLanes()
  fill(newId('endpoint'), 30)
  assert.equal(started.length, 8)
  started[0]!.end()
  await new Promise(setImmediate)
  assert.equal(started.length, 9)
  assert.equal(lanes.counts().inFlight, 8)
})

test('the more endpoints hang, the less each may hold, so the next one still gets a slot', () => {
  const { started, fill } = seededLanes({
    maxInFlight: 1_000,
    maxInFlightPerEndpoint: 100,
    maxHeld: 5_000,
  })
  for (let i = 0; i < 20; i++) fill(newId('endpoint'), 200)
  const late = newId('endpoint')
  fill(late, 1)
  assert.ok(started.some(({ endpointId }) => endpointId === late))
})

test('ready endpoints take turns', () => {
  const { started, lanes } = seededLanes({ maxInFlight: 6 })
  const [a, b, c] = [newId('endpoint'), newId('endpoint'), newId('endpoint')]
  for (const endpointId of [a, a, a, a, b, b, c]) lanes.put(leased(endpointId))
  lanes.pump()
  assert.deepEqual(
    started.slice(0, 3).map(({ endpointId }) => endpointId),
    [a, b, c],
  )
})

test('an endpoint that holds a quarter of what is left free is full', () => {
  const { lanes, fill } = seededLanes()
  const crowded = newId('endpoint')
  fill(crowded, 19)
  assert.deepEqual(lanes.full(), [])
  fill(crowded, 1)
  assert.deepEqual(lanes.full(), [crowded])
  assert.equal(lanes.room(), 80)
})

test('payloads in hand are bounded in bytes', () => {
  const { lanes } = seededLanes()
  const big = leased(newId('endpoint'), Buffer.alloc(10_000))
  lanes.put(big)
  assert.equal(lanes.room(), 0)
  lanes.done(big)
  assert.equal(lanes.room(), 100)
})

test('after a pause what had not been started is given back and nothing more starts', async () => {
  const { lanes, started, fill } = seededLanes()
  const endpointId = newId('endpoint')
  fill(endpointId, 12)
  const back = lanes.pause()
  assert.equal(back.length, 4)
  for (const run of back) lanes.done(run)
  started[0]!.end()
  await new Promise(setImmediate)
  assert.equal(started.length, 8)
  assert.equal(lanes.counts().held, 7)
  lanes.resume()
  fill(endpointId, 1)
  assert.equal(started.length, 9)
})

test('an endpoint that was said to be full is said once to have room again', async () => {
  const { lanes, started, fill, reliefs } = seededLanes()
  fill(newId('endpoint'), 20)
  assert.equal(lanes.full().length, 1)
  while (lanes.counts().held > 0) {
    started.shift()!.end()
    await new Promise(setImmediate)
  }
  assert.equal(reliefs(), 1)
})

test('what has its place in a rate is not sent before, and other endpoints go first', async () => {
  const { lanes, started } = seededLanes()
  const [rated, other] = [newId('endpoint'), newId('endpoint')]
  const now = performance.now()
  lanes.put({ ...leased(rated), notBefore: now - 1 })
  lanes.put({ ...leased(rated), notBefore: now + 200 })
  lanes.put({ ...leased(rated), notBefore: now + 400 })
  lanes.put(leased(other))
  lanes.pump()
  const endpoints = () => started.map(({ endpointId }) => endpointId)
  assert.deepEqual(endpoints(), [rated, other])
  await until('the second', () => started.length === 3, { every: 1 })
  assert.ok(performance.now() - now >= 199)
  await until('the third', () => started.length === 4, { every: 1 })
  assert.ok(performance.now() - now >= 399)
})

test('an endpoint gives back what waits, early or not, and keeps what is in flight', async () => {
  const { lanes, started, fill } = seededLanes()
  const [a, b] = [newId('endpoint'), newId('endpoint')]
  fill(a, 10)
  lanes.put({ ...leased(b), notBefore: performance.now() + 150 })
  lanes.pump()
  for (const [id, count] of [
    [a, 2],
    [b, 1],
  ] as const) {
    const back = lanes.takeWaiting(id)
    assert.equal(back.length, count)
    for (const run of back) lanes.done(run)
  }
  assert.deepEqual([lanes.held(a), lanes.held(b), lanes.counts().lanes], [8, 0, 1])
  await sleep(170)
  assert.equal(started.length, 8)
})

test('an endpoint sends no more at once than it is allowed', async () => {
  let allowed = 1
  const { started, fill } = seededLanes({}, () => allowed)
  fill(newId('endpoint'), 10)
  assert.equal(started.length, 1)
  allowed = 3
  started[0]!.end()
  await new Promise(setImmediate)
  assert.equal(started.length, 4)
})

test('what is late for its place in a rate is not made up for in a burst', async () => {
  const { lanes, started } = seededLanes()
  const rated = newId('endpoint')
  const now = performance.now()
  // Half a second late, as after a pause of the whole process.
  for (let n = 0; n < 8; n++) lanes.put({ ...leased(rated), notBefore: now - 500 + n * 40 })
  lanes.pump()
  assert.equal(started.length, 1)
  await until('the last', () => started.length === 8, { every: 1 })
  const tookMs = performance.now() - now
  assert.ok(tookMs >= 7 * 40 * 0.96, `${tookMs} ms`)
})

test('large payloads share what memory there is: an endpoint has some of it, any other at least one', async () => {
  const { lanes, started } = seededLanes()
  const [slow, other, third] = [newId('endpoint'), newId('endpoint'), newId('endpoint')]
  const put = (endpointId: EndpointId, largeBytes: number) =>
    lanes.put({ ...leased(endpointId), payload: 'large', largeBytes })
  const startedOf = (id: EndpointId) => started.filter(({ endpointId }) => endpointId === id)
  for (let n = 0; n < 8; n++) put(slow, 100)
  lanes.pump()
  // Two have 200 of the quarter of 800 that is left; a third would be more.
  assert.equal(startedOf(slow).length, 2)
  put(other, 700)
  put(third, 200)
  lanes.put(leased(third))
  lanes.pump()
  // What is small waits behind the large one of its own endpoint, and for nobody else's.
  assert.deepEqual([startedOf(other).length, startedOf(third).length], [1, 0])
  startedOf(other)[0]!.end()
  await new Promise(setImmediate)
  assert.equal(startedOf(third).length, 2)
  for (let n = 0; n < started.length; n++) {
    started[n]!.end()
    await new Promise(setImmediate)
  }
  assert.equal(startedOf(slow).length, 8)
  assert.equal(lanes.counts().inFlight, 0)
})

test('a payload larger than all memory for them goes alone', async () => {
  const { lanes, started } = seededLanes()
  const put = (largeBytes: number) =>
    lanes.put({ ...leased(newId('endpoint')), payload: 'large', largeBytes })
  put(5_000)
  put(10)
  lanes.pump()
  assert.equal(started.length, 1)
  started[0]!.end()
  await new Promise(setImmediate)
  assert.equal(started.length, 2)
  put(5_000)
  lanes.pump()
  assert.equal(started.length, 2)
  started[1]!.end()
  await new Promise(setImmediate)
  assert.equal(started.length, 3)
})

test('endpoints whose last attempt failed leave room for one that works', async () => {
  const known = newId('endpoint')
  const { started, fill } = seededLanes({}, undefined, (id) => id === known)
  for (let i = 0; i < 90; i++) fill(newId('endpoint'), 1)
  for (let turn = 0; turn < 25; turn++) await new Promise(setImmediate)
  assert.equal(started.length, 75)
  fill(known, 4)
  const ofKnown = () => started.filter(({ endpointId }) => endpointId === known)
  assert.equal(ofKnown().length, 3, 'its share of what is left')
  for (const { end } of ofKnown()) end()
  await until('its last is on its way', () => ofKnown().length === 4)
  // A stranger that ends makes room for the next one, until none is left.
  for (let ended = 0; ended < 94; ended++) {
    await until('another one has started', () => started.length > ended)
    started[ended]!.end()
  }
  assert.equal(started.length, 94)
})

test('strangers hold a share of the node, and give back the last that came beyond it', async () => {
  const known = newId('endpoint')
  const { lanes, fill, started } = seededLanes(
    { maxInFlight: 40, maxInFlightPerEndpoint: 40 },
    () => 1_000,
    (id) => id === known,
  )
  const dead = Array.from({ length: 90 }, () => newId('endpoint'))
  for (const id of dead) fill(id, 1)
  assert.equal(started.length, 4, 'so many in a turn')
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
  assert.equal(started.length, 30, 'three quarters of what may be in flight')
  assert.equal(lanes.strangersRoom(), -15)
  const given = lanes.takeExcess()
  assert.deepEqual(
    given.map(({ run }) => run.endpointId),
    dead.slice(75).reverse(),
  )
  for (const leased of given) lanes.done(leased)
  assert.equal(lanes.strangersRoom(), 0)
  assert.deepEqual(lanes.takeExcess(), [])
  fill(known, 25)
  assert.equal(lanes.strangersRoom(), 0, 'those who answer do not count')
  assert.equal(lanes.room(), 0)
})

test('while others are sent to, strangers start at their pace; alone they do not wait', async () => {
  const known = newId('endpoint')
  const { fill, started } = seededLanes({}, undefined, (id) => id === known)
  const turns = async (many: number) => {
    for (let turn = 0; turn < many; turn++) await new Promise(setImmediate)
  }
  const strangers = () => started.filter(({ endpointId }) => endpointId !== known)
  fill(known, 1)
  const from = performance.now()
  for (let i = 0; i < 60; i++) fill(newId('endpoint'), 1)
  await turns(20)
  const soon = performance.now() - from
  assert.ok(strangers().length <= 10 + 2 * soon, `${strangers().length} within ${soon} ms`)
  await until('half a second later they have the node for themselves', () => {
    return strangers().length === 60
  })
})

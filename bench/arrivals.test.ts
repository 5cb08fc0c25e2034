import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createArrivals } from './arrivals.ts'
import { nowMs } from './messages.ts'

const delivery = (id: string, seq: number, path = '/0') => ({
  path,
  id,
  body: JSON.stringify({ seq, sentAt: nowMs() - 5 }),
})

test('what never comes is lost, whatever comes twice', () => {
  const arrivals = createArrivals({ messages: 4, fanOut: 1 })
  for (const each of [delivery('a', 0), delivery('b', 2), delivery('a', 0), delivery('b', 2)]) {
    arrivals.record(each)
  }
  const { received, lost, lostSequences, duplicates, doubled } = arrivals.report()
  assert.deepEqual(
    { received, lost, lostSequences, duplicates, doubled },
    { received: 2, lost: 2, lostSequences: [1, 3], duplicates: 2, doubled: 0 },
  )
})

test('one message under two ids was accepted twice', () => {
  const arrivals = createArrivals({ messages: 1, fanOut: 1 })
  arrivals.record(delivery('a', 0))
  arrivals.record(delivery('b', 0))
  const { received, duplicates, doubled } = arrivals.report()
  assert.deepEqual({ received, duplicates, doubled }, { received: 1, duplicates: 0, doubled: 1 })
})

test('what is not of this run counts as malformed and not as received', () => {
  const arrivals = createArrivals({ messages: 1, fanOut: 1 })
  for (const body of ['', 'null', '{}', '{"seq":"0","sentAt":1}', '{"seq":1,"sentAt":1}']) {
    arrivals.record({ path: '/0', id: body, body })
  }
  const { received, lost, malformed } = arrivals.report()
  assert.deepEqual({ received, lost, malformed }, { received: 0, lost: 1, malformed: 5 })
})

test('latency is from sentAt to the first arrival', () => {
  const arrivals = createArrivals({ messages: 1, fanOut: 1 })
  arrivals.record(delivery('a', 0))
  const { endToEndP50Ms, endToEndP99Ms } = arrivals.report()
  assert.equal(endToEndP50Ms, endToEndP99Ms)
  assert.ok(endToEndP50Ms >= 5 && endToEndP50Ms < 1000, String(endToEndP50Ms))
})

test('each endpoint has its own books: the same message may come once to each', () => {
  const arrivals = createArrivals({ messages: 2, fanOut: 2 })
  for (const path of ['/0', '/1', '/1']) arrivals.record(delivery('a', 0, path))
  const { received, lost, lostSequences, duplicates } = arrivals.report()
  assert.deepEqual(
    { received, lost, lostSequences, duplicates },
    { received: 2, lost: 2, lostSequences: [1, 1], duplicates: 1 },
  )
})

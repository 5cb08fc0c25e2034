import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../test/until.ts'
import { Deadlines, type Timed } from './send-deadlines.ts'

function due(inMs: number) {
  const seen = { stoodStillMs: 0, expired: false }
  const timed: Timed = {
    dueAt: performance.now() + inMs,
    slot: -1,
    expire: () => {
      seen.expired = true
      deadlines.remove(timed)
    },
    stoodStill(ms) {
      seen.stoodStillMs += ms
      timed.dueAt += ms
    },
  }
  const deadlines = new Deadlines(20)
  deadlines.add(timed)
  return seen
}

test('what is overdue expires', async () => {
  const seen = due(100)
  await until('it expires', () => seen.expired)
})

test('the time in which this process stood still does not count', async () => {
  const begun = performance.now()
  const seen = due(1_000)
  await sleep(50)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
  await until('it is told', () => seen.stoodStillMs > 1_300, { every: 1 })
  const passedMs = performance.now() - begun
  // It was due long before, and has what it had left.
  assert.deepEqual([seen.expired, passedMs > 1_500], [false, true])
  assert.ok(seen.stoodStillMs <= passedMs, `${seen.stoodStillMs} ms of ${passedMs} ms`)
  await until('it expires', () => seen.expired)
  assert.ok(performance.now() - begun >= 1_000 + seen.stoodStillMs)
})

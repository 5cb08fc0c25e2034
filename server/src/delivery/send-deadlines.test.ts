import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
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
  await sleep(200)
  assert.deepEqual(seen, { stoodStillMs: 0, expired: true })
})

test('the time in which this process stood still does not count', async () => {
  const seen = due(400)
  await sleep(50)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
  await sleep(100)
  assert.equal(seen.expired, false)
  assert.ok(seen.stoodStillMs > 800 && seen.stoodStillMs < 1_200, `${seen.stoodStillMs} ms`)
  await sleep(400)
  assert.equal(seen.expired, true)
})

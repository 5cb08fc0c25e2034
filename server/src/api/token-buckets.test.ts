import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTokenBuckets } from './token-buckets.ts'

function bucketsAt(policy: { perSecond: number; burst: number }) {
  const clock = { ms: 0 }
  return { clock, buckets: createTokenBuckets(policy, () => clock.ms) }
}

test('a burst may be taken at once, then so many a second', () => {
  const { clock, buckets } = bucketsAt({ perSecond: 2, burst: 3 })
  const takes = () => Array.from({ length: 5 }, () => buckets.take('a').taken)
  assert.deepEqual(takes(), [true, true, true, false, false])
  clock.ms = 1000
  assert.deepEqual(takes(), [true, true, false, false, false])
  clock.ms = 60_000
  assert.deepEqual(takes(), [true, true, true, false, false])
})

test('a budget says what is left, when there is one again, and when all are', () => {
  const { clock, buckets } = bucketsAt({ perSecond: 0.5, burst: 2 })
  const take = () => buckets.take('a')
  assert.deepEqual(take(), { taken: true, left: 1, nextInSeconds: 0, fullInSeconds: 2 })
  assert.deepEqual(take(), { taken: true, left: 0, nextInSeconds: 2, fullInSeconds: 4 })
  assert.deepEqual(take(), { taken: false, left: 0, nextInSeconds: 2, fullInSeconds: 4 })
  clock.ms = 2000
  assert.deepEqual(take(), { taken: true, left: 0, nextInSeconds: 2, fullInSeconds: 4 })
})

test('each name has its own, and looking takes nothing', () => {
  const { buckets } = bucketsAt({ perSecond: 1, burst: 1 })
  assert.equal(buckets.take('a').taken, true)
  assert.equal(buckets.take('a').taken, false)
  assert.equal(buckets.look('b').taken, true)
  assert.equal(buckets.look('b').taken, true)
  assert.equal(buckets.take('b').taken, true)
  assert.equal(buckets.look('b').taken, false)
})

test('a hundred thousand names do not pile up, and an empty bucket among few stays empty', () => {
  const { clock, buckets } = bucketsAt({ perSecond: 1, burst: 1 })
  for (let index = 0; index < 100_000; index++) {
    buckets.take(`name-${index}`)
    clock.ms += 1
  }
  buckets.take('last')
  assert.equal(buckets.look('last').taken, false)
})

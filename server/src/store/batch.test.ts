import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBatcher } from './batch.ts'

const limits = {
  maxItems: 100,
  maxBytes: 1000,
  concurrency: 1,
  maxWaiting: 1000,
  maxWaitingBytes: 10_000,
  maxWaitMs: 1_000,
  bytesOf: () => 1,
}

function recording(run: (items: number[]) => Promise<number[]> = async (items) => items) {
  const batches: number[][] = []
  const gate = Promise.withResolvers<void>()
  return {
    batches,
    open: gate.resolve,
    async run(items: number[]) {
      batches.push(items)
      if (batches.length === 1) await gate.promise
      return run(items)
    },
  }
}

test('what arrives while a statement runs goes together in the next one', async () => {
  const recorder = recording()
  const batcher = createBatcher({ ...limits, run: recorder.run })
  const first = batcher.add(0)
  await new Promise(setImmediate)
  const rest = [1, 2, 3].map((item) => batcher.add(item))
  await new Promise(setImmediate)
  recorder.open()
  assert.deepEqual(await Promise.all([first, ...rest]), [0, 1, 2, 3])
  assert.deepEqual(recorder.batches, [[0], [1, 2, 3]])
})

test('a batch holds no more than its limits of items and bytes', async () => {
  const recorder = recording()
  recorder.open()
  const few = createBatcher({ ...limits, maxItems: 2, run: recorder.run })
  await Promise.all([1, 2, 3, 4, 5].map((item) => few.add(item)))
  assert.deepEqual(recorder.batches, [[1, 2], [3, 4], [5]])
  const sizes: number[] = []
  const small = createBatcher({
    ...limits,
    maxBytes: 10,
    bytesOf: (item: number) => item,
    run: async (items: number[]) => {
      sizes.push(items.length)
      return items
    },
  })
  await Promise.all([4, 4, 4, 50, 1].map((item) => small.add(item)))
  assert.deepEqual(sizes, [2, 1, 1, 1])
})

test('one bad item fails alone', async () => {
  const batcher = createBatcher({
    ...limits,
    run: async (items: number[]) => {
      if (items.includes(3)) throw new Error('bad data')
      return items
    },
  })
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map((item) => batcher.add(item)))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
})

test('trouble of the database fails the batch without repeating it', async () => {
  let runs = 0
  const batcher = createBatcher({
    ...limits,
    run: async () => {
      runs++
      throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    },
  })
  const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)))
  assert.ok(results.every(({ status }) => status === 'rejected'))
  assert.equal(runs, 1)
})

test('beyond its bound it refuses instead of growing', async () => {
  const recorder = recording()
  const batcher = createBatcher({ ...limits, maxWaiting: 2, run: recorder.run })
  const accepted = [batcher.add(0)]
  await new Promise(setImmediate)
  accepted.push(batcher.add(1), batcher.add(2))
  await assert.rejects(batcher.add(3), { code: 'unavailable' })
  recorder.open()
  await Promise.all(accepted)
  await batcher.drained()
  assert.equal(batcher.size(), 0)
})

test('who waits too long for a statement is refused, and is not in a later one', async () => {
  const recorder = recording()
  const batcher = createBatcher({ ...limits, maxWaitMs: 200, run: recorder.run })
  const first = batcher.add(0)
  await new Promise(setImmediate)
  await assert.rejects(batcher.add(1), { code: 'unavailable' })
  recorder.open()
  assert.equal(await first, 0)
  assert.equal(await batcher.add(2), 2)
  assert.deepEqual(recorder.batches, [[0], [2]])
})

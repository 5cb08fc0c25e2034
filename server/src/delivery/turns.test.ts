import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

test('so many work at once, in their order, and one that fails gives its turn on', async () => {
  const inTurn = createTurns(2)
  const begun: number[] = []
  let most = 0
  let working = 0
  const all = Array.from({ length: 9 }, (_, i) =>
    inTurn(async () => {
      begun.push(i)
      most = Math.max(most, ++working)
      await new Promise(setImmediate)
      working--
      if (i % 3 === 0) throw new Error(`${i} failed`)
      return i
    }),
  )
  const settled = await Promise.allSettled(all)
  assert.equal(most, 2)
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8])
  assert.deepEqual(
    settled.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason))),
    [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => (i % 3 === 0 ? `Error: ${i} failed` : i)),
  )
})

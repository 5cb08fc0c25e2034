import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPENS_AFTER } from '../domain/circuit.ts'
import { newId } from '../domain/ids.ts'
import type { Outcome } from '../domain/outcome.ts'
import { createBreaker } from './breaker.ts'

const TIMEOUT: Outcome = {
  kind: 'failed',
  failure: { code: 'timeout', message: '' },
  durationMs: 1,
}
const OK: Outcome = {
  kind: 'delivered',
  answer: { status: 200, headers: [], body: Buffer.alloc(0), bodyCut: false },
  durationMs: 1,
}

function seeded() {
  const opened: number[] = []
  let answers = 0
  const breaker = createBreaker({
    most: 100,
    opened: (_, pauseMs) => opened.push(pauseMs),
    answered: () => answers++,
  })
  const id = newId('endpoint')
  const silent = (count: number) => {
    for (let i = 0; i < count; i++) breaker.seen(id, TIMEOUT)
  }
  return { breaker, id, silent, opened, answers: () => answers }
}

test('an endpoint that does not answer is told once to be open, and then nothing is taken for it', () => {
  const { breaker, id, silent, opened } = seeded()
  silent(OPENS_AFTER - 1)
  assert.deepEqual([breaker.isPaused(id), breaker.held()], [false, []])
  assert.equal(breaker.allowed(id), Number.POSITIVE_INFINITY)
  silent(50)
  assert.equal(opened.length, 1)
  assert.equal(breaker.isPaused(id), true)
  assert.deepEqual(breaker.held(), [{ endpointId: id, most: 0 }])
  assert.equal(breaker.isPaused(newId('endpoint')), false)
})

test('after the pause one is taken; an answer lets more through, a change forgets everything', (t) => {
  const { breaker, id, silent, opened, answers } = seeded()
  silent(OPENS_AFTER)
  const now = performance.now()
  t.mock.method(performance, 'now', () => now + opened[0]! + 1)
  assert.deepEqual([breaker.isPaused(id), breaker.allowed(id)], [false, 1])
  assert.deepEqual(breaker.held(), [{ endpointId: id, most: 1 }])
  breaker.seen(id, OK)
  assert.deepEqual([answers(), breaker.allowed(id)], [1, 2])
  breaker.forget(id)
  assert.deepEqual([breaker.held(), breaker.allowed(id)], [[], Number.POSITIVE_INFINITY])
})

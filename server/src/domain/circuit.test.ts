import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerOf,
  type Circuit,
  circuitAfter,
  FIRST_PAUSE_MS,
  LONGEST_PAUSE_MS,
  OPENS_AFTER,
} from './circuit.ts'
import type { Answer, FailureCode, Outcome } from './outcome.ts'

const answer: Answer = { status: 500, headers: [], body: Buffer.alloc(0), bodyCut: false }
const failed = (code: FailureCode, withAnswer = false): Outcome => ({
  kind: 'failed',
  failure: { code, message: '' },
  durationMs: 1,
  ...(withAnswer && { answer }),
})

const cases: [string, Outcome, ReturnType<typeof answerOf>][] = [
  ['a success', { kind: 'delivered', answer, durationMs: 1 }, 'answered'],
  ['a 500', failed('http_status', true), 'answered'],
  ['a redirect', failed('redirect', true), 'answered'],
  ['a refused connection', failed('connect_failed'), 'silent'],
  ['a name that is not found', failed('dns_failure'), 'silent'],
  ['a timeout', failed('timeout'), 'silent'],
  ['a body that never ends', failed('timeout', true), 'silent'],
  ['trouble of our own', failed('local_failure'), null],
  ['a destination that we block', failed('blocked_destination'), null],
  ['code of its owner that fails', failed('transformation_failed'), null],
  ['a configuration that cannot be read', failed('endpoint_unreadable'), null],
]
for (const [detail, expected] of [
  ['timeout', 'silent'],
  ['unreachable', 'silent'],
  ['refused', null],
  ['body', null],
] as const) {
  const failure = { code: 'auth_failed', detail, message: '' } as const
  cases.push([`no token (${detail})`, { kind: 'failed', failure, durationMs: 1 }, expected])
}
for (const [name, outcome, expected] of cases)
  test(`${name} is ${expected ?? 'no sign'}`, () => assert.equal(answerOf(outcome), expected))

const after = (circuit: Circuit | null, answers: ('answered' | 'silent')[], now = 0) =>
  answers.reduce((c, each) => circuitAfter(c, each, { now, most: 100 }), circuit)
const silent = (count: number) => Array.from({ length: count }, () => 'silent' as const)

test('it opens after so many silent attempts in a row, and one answer starts the count anew', () => {
  const before = after(null, silent(OPENS_AFTER - 1))
  assert.equal(before?.state, 'failing')
  assert.equal(after(before, ['answered']), null)
  assert.deepEqual(after(before, ['silent'], 5), {
    state: 'open',
    probeAt: 5 + FIRST_PAUSE_MS,
    pauseMs: FIRST_PAUSE_MS,
  })
})

test('what was under way when it opened changes nothing; each probe in vain doubles the pause', () => {
  const opened = after(null, silent(OPENS_AFTER))
  assert.equal(after(opened, silent(90), FIRST_PAUSE_MS - 1), opened)
  let circuit = opened
  const pauses: number[] = []
  for (let probe = 0; probe < 6; probe++) {
    assert.equal(circuit?.state, 'open')
    circuit = after(circuit, ['silent'], circuit?.state === 'open' ? circuit.probeAt : 0)
    if (circuit?.state === 'open') pauses.push(circuit.pauseMs)
  }
  assert.deepEqual(pauses.slice(0, 3), [2_000, 4_000, 8_000])
  assert.equal(pauses.at(-1), LONGEST_PAUSE_MS)
})

test('an answer lets two through, each further one another, until nothing is wrong', () => {
  const answered = (count: number) => Array.from({ length: count }, () => 'answered' as const)
  const opened = after(null, silent(OPENS_AFTER))
  const allowed = (circuit: Circuit | null) => circuit?.state === 'ramping' && circuit.allowed
  assert.equal(allowed(after(opened, answered(1))), 2)
  assert.equal(allowed(after(opened, answered(3))), 4)
  assert.equal(allowed(after(opened, answered(98))), 99)
  assert.equal(after(opened, answered(99)), null)
  assert.equal(allowed(after(opened, [...answered(5), ...silent(1)])), 3)
  assert.equal(after(opened, [...answered(5), ...silent(3)])?.state, 'open')
})

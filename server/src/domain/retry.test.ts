import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryDelayMs } from './retry.ts'

const schedule = [5, 300, 1800]
const failure = { code: 'http_status', message: '' } as const
const middle = { schedule, random: 0.5 }

test('each failure waits for its step of the schedule', () => {
  assert.equal(retryDelayMs({ failure }, { attempt: 1, ...middle }), 5_000)
  assert.equal(retryDelayMs({ failure }, { attempt: 2, ...middle }), 300_000)
  assert.equal(retryDelayMs({ failure }, { attempt: 3, ...middle }), 1_800_000)
})

test('after the last step, and with an empty schedule, there is no next attempt', () => {
  assert.equal(retryDelayMs({ failure }, { attempt: 4, ...middle }), null)
  assert.equal(retryDelayMs({ failure }, { attempt: 1, schedule: [], random: 0.5 }), null)
})

test('jitter moves a step by a tenth either way', () => {
  assert.equal(retryDelayMs({ failure }, { attempt: 1, schedule, random: 0 }), 4_500)
  assert.equal(retryDelayMs({ failure }, { attempt: 1, schedule, random: 1 }), 5_500)
})

for (const [status, retryAfterSeconds, expected] of [
  [429, 60, 60_000],
  [503, 60, 60_000],
  [429, 1, 5_000],
  [429, 10_000_000, 1_800_000],
  [500, 60, 5_000],
  [429, undefined, 5_000],
] as const)
  test(`status ${status} that asks for ${retryAfterSeconds} s waits ${expected} ms`, () => {
    assert.equal(
      retryDelayMs({ failure, status, retryAfterSeconds }, { attempt: 1, ...middle }),
      expected,
    )
  })

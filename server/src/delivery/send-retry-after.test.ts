import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRetryAfter, retryAfterSeconds } from './send-retry-after.ts'

const NOW = new Date(Date.UTC(2026, 0, 1, 12, 0, 0))

const CASES: [value: string, seconds: number | undefined][] = [
  ['3', 3],
  ['0', 0],
  [' 120 ', 120],
  ['-1', undefined],
  ['1.5', undefined],
  ['NaN', undefined],
  ['', undefined],
  ['3, 4', undefined],
  ['99999999999999', undefined],
  ['Thu, 01 Jan 2026 12:00:30 GMT', 30],
  ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
  ['Fri, 01 Jan 2100 00:00:00 GMT', undefined],
  ['Thu, 99 Foo 2026 12:00:30 GMT', undefined],
  ['2026-01-01T12:00:30Z', undefined],
]
for (const [value, seconds] of CASES) {
  test(`Retry-After "${value}" means ${seconds ?? 'nothing'}`, () => {
    assert.equal(parseRetryAfter(value, NOW), seconds)
  })
}

test('only 429 and 503 with one such header are listened to', () => {
  const answer = (status: number, values: string[]) => ({
    status,
    headers: values.map((value): [string, string] => ['retry-after', value]),
    body: Buffer.alloc(0),
    bodyCut: false,
  })
  assert.equal(retryAfterSeconds(answer(429, ['3']), NOW), 3)
  assert.equal(retryAfterSeconds(answer(503, ['3']), NOW), 3)
  assert.equal(retryAfterSeconds(answer(500, ['3']), NOW), undefined)
  assert.equal(retryAfterSeconds(answer(429, ['3', '4']), NOW), undefined)
  assert.equal(retryAfterSeconds(answer(429, []), NOW), undefined)
})

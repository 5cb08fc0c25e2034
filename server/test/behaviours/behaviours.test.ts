// The HTTP API has eighty numbered promises to every client. Each is a test whose name begins with its
// number, here or in e2e/: over real HTTP, on a real database.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const PROMISES = 80

/** Promises of which a test is still to come, and with what. */
const ELSEWHERE: Record<number, string> = {
  29: 'its second half, with HTTPS-only as a setting',
  36: 'with Ed25519 as a default kind of secret',
  67: 'with schemas that are checked',
  71: 'with operational webhooks',
  72: 'with operational webhooks',
  78: 'with throttling',
}

const files = globSync('../{behaviours,e2e}/*.test.ts', { cwd: import.meta.dirname })
const tested = files.flatMap((file) =>
  [...readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(/^\s*test\(['`"](\d+) /gm)].map(
    ([, number]) => Number(number),
  ),
)

test('every promise has a test, or is on the list of those to come', () => {
  assert.ok(tested.length >= PROMISES - Object.keys(ELSEWHERE).length, 'tests were found')
  const numbers = [...new Set([...tested, ...Object.keys(ELSEWHERE).map(Number)])]
  const all = Array.from({ length: PROMISES }, (_, index) => index + 1)
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    all,
  )
})

// The HTTP API has eighty numbered promises to every client. Each is a test whose name begins with its
// number, here or in e2e/: over real HTTP, on a real database.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const PROMISES = 80

const files = globSync('../{behaviours,e2e}/*.test.ts', { cwd: import.meta.dirname })
const tested = files.flatMap((file) =>
  [...readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(/^\s*test\(['`"](\d+) /gm)].map(
    ([, number]) => Number(number),
  ),
)

test('every promise has a test', () => {
  const all = Array.from({ length: PROMISES }, (_, index) => index + 1)
  // Other names may begin with a number too, such as one of messages.
  const untested = all.filter((number) => !tested.includes(number))
  assert.deepEqual(untested, [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSandbox } from './sandbox.ts'

const INPUT = JSON.stringify({ webhook: { headers: {} }, payload: '{}', at: 0, seed: 0 })

/** Runs the code for so many keys in turn, and gives back what each said. */
async function inTurn(code: string, { keys, rounds }: { keys: number; rounds: number }) {
  const sandbox = await createSandbox()
  // The engine has to be compiled first: that is not on the time of the first script.
  sandbox.run({ key: '', code: 'function handler(w) { return w }' }, INPUT)
  return Array.from({ length: rounds }, () =>
    Array.from({ length: keys }, (_, key) => {
      const ran = sandbox.run({ key: `key-${key}`, code }, INPUT)
      assert.ok('result' in ran, JSON.stringify(ran))
      return (JSON.parse(ran.result) as { payload: string }).payload
    }),
  )
}

test('the runtimes of two hundred endpoints that take turns are kept, each its own', async () => {
  const code = 'let n = 0; function handler(w) { w.payload = String(++n); return w }'
  const [first, second] = await inTurn(code, { keys: 200, rounds: 2 })
  assert.deepEqual([new Set(first), new Set(second)], [new Set(['1']), new Set(['2'])])
})

test('when they take much memory nobody is kept, and none fails', async () => {
  // Sixty of them would take 720 MB.
  const code = `let n = 0
    const held = new Uint8Array(12e6)
    function handler(w) { w.payload = String(++n); return w }`
  const [, second] = await inTurn(code, { keys: 60, rounds: 2 })
  assert.deepEqual(new Set(second), new Set(['1']))
})

test('what a script piles up ends at the bound, and the memory with it', async () => {
  const sandbox = await createSandbox()
  const code = 'function handler() { const all = []; for (;;) all.push([1, 2, 3]) }'
  const input = JSON.stringify({ webhook: { headers: {} }, payload: '{}', at: 0, seed: 0 })
  for (let run = 0; run < 12; run++) {
    const ran = sandbox.run({ key: `piles up ${run}`, code }, input)
    assert.match('failed' in ran ? ran.failed : '', /MiB of memory|took longer than/)
  }
  assert.ok(sandbox.memoryBytes() <= 128 * 1024 * 1024)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeys } from './listen-keys.ts'

const cases: [typed: string, does: string[]][] = [
  ['r', ['again null']],
  ['12r', ['again 12']],
  ['1x2r', ['again 2']],
  ['7rr', ['again 7', 'again null']],
  ['q', ['quit']],
  ['\u0003', ['quit']],
  ['\u0004', ['quit']],
  ['x \n', []],
]

for (const [typed, does] of cases) {
  test(`${JSON.stringify(typed)} does ${does.join(', ') || 'nothing'}`, () => {
    const done: string[] = []
    const keys = createKeys({
      again: (number) => done.push(`again ${number}`),
      quit: () => done.push('quit'),
    })
    for (const key of typed) keys(key)
    assert.deepEqual(done, does)
  })
}

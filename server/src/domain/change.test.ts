import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, differenceOf, headersDifference } from './change.ts'

const target = { kind: 'endpoint', id: 'ep_1' } as const

const CASES: [what: string, change: Omit<Change, 'target'>, before: unknown, after: unknown][] = [
  ['what came is whole', { after: { a: 1, b: null } }, null, { a: 1, b: null }],
  ['what went is whole', { before: { a: 1 } }, { a: 1 }, null],
  [
    'of a change only what differs',
    { before: { a: 1, b: [1], c: null }, after: { a: 2, b: [1], c: null } },
    { a: 1 },
    { a: 2 },
  ],
  ['a member that came was null', { before: {}, after: { a: 1 } }, { a: null }, { a: 1 }],
  ['a member that went is null', { before: { a: 1 }, after: {} }, { a: 1 }, { a: null }],
  ['nothing changed', { before: { a: 1 }, after: { a: 1 } }, {}, {}],
  [
    'a secret that was replaced is named',
    { before: {}, after: {}, replaced: ['secret'] },
    { secret: '[redacted]' },
    { secret: '[redacted]' },
  ],
]

for (const [what, change, before, after] of CASES) {
  test(what, () => assert.deepEqual(differenceOf({ target, ...change }), { before, after }))
}

test('of headers the names that came, changed and went, and no value', () => {
  const before = { Same: 's3cret', Changed: 's3cret', Gone: 's3cret' }
  const after = { Same: 's3cret', Changed: 'n3w', Come: 's3cret' }
  assert.deepEqual(headersDifference(before, after), {
    before: { headers: { Changed: '[redacted]', Gone: '[redacted]' } },
    after: { headers: { Changed: '[redacted]', Come: '[redacted]' } },
  })
})

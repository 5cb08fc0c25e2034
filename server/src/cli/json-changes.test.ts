import assert from 'node:assert/strict'
import { test } from 'node:test'
import { change, type JsonChanges } from './json-changes.ts'

const fixture = () => ({ a: { b: 1, list: [1, 2, 3] }, c: 'x' })

const cases: [changes: JsonChanges, result: object][] = [
  [{ set: ['a.b=2', 'c={"d":null}'] }, { a: { b: 2, list: [1, 2, 3] }, c: { d: null } }],
  [{ set: ['c=a=b'] }, { a: { b: 1, list: [1, 2, 3] }, c: 'a=b' }],
  [{ add: ['d.e.f=true'] }, { ...fixture(), d: { e: { f: true } } }],
  [
    { set: ['a.list.1=9'], unset: ['a.b', 'a.list.0'] },
    { a: { list: [9, 3] }, c: 'x' },
  ],
]
for (const [changes, result] of cases) {
  test(`${JSON.stringify(changes)} changes just that`, () => {
    const target = fixture()
    change(target, changes)
    assert.deepEqual(target, result)
  })
}

test('a name of the language is a field like any other', () => {
  const target = fixture()
  change(target, { add: ['__proto__.polluted=1'] })
  assert.ok(Object.hasOwn(target, '__proto__'))
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

const wrong: [changes: JsonChanges, says: RegExp][] = [
  [{ set: ['x.y=1'] }, /--set x\.y: there is no x to go into/],
  [{ set: ['a'] }, /--set: expected path=value, got "a"/],
  [{ add: ['c.d=1'] }, /--add c\.d: there is no c to go into/],
  [{ unset: ['a.z'] }, /--unset a\.z: it is not there/],
  [{ set: ['a.list.x=1'] }, /x: expected a place in a list/],
  [{ set: ['a.list.99999=1'] }, /99999: expected a place in a list/],
]
for (const [changes, says] of wrong) {
  test(`${JSON.stringify(changes)} is refused`, () => {
    assert.throws(() => change(fixture(), changes), { message: says })
  })
}

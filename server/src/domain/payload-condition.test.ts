import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PayloadCondition, saysAll } from './payload-condition.ts'

const payload = Buffer.from(
  '{"a":{"b":[{"c":1},"x"]},"text":"Göteborg","no":null,"yes":true,"n":1.50,"d.t":1}',
)
const says = (path: string[], op: PayloadCondition['op'], value: unknown) =>
  saysAll(payload, [{ path, op, value } as PayloadCondition])

for (const [name, path, op, value, expected] of [
  ['a member below members and positions', ['a', 'b', '0', 'c'], 'eq', 1, true],
  ['another value', ['a', 'b', '0', 'c'], 'eq', 2, false],
  ['a number whatever its spelling', ['n'], 'eq', 1.5, true],
  ['a number is no text', ['n'], 'eq', '1.5', false],
  ['null', ['no'], 'eq', null, true],
  ['null is not absence', ['nothing'], 'eq', null, false],
  ['an object equals nothing', ['a'], 'eq', 'x', false],
  ['a part of a text', ['text'], 'contains', 'öteb', true],
  ['another case', ['text'], 'contains', 'GÖTE', false],
  ['an element', ['a', 'b'], 'contains', 'x', true],
  ['no element', ['a', 'b'], 'contains', 'y', false],
  ['a number contains nothing', ['n'], 'contains', 1, false],
  ['what is null is there', ['no'], 'exists', true, true],
  ['what is not there', ['a', 'z'], 'exists', false, true],
  ['what lies beyond a text', ['text', '0'], 'exists', true, false],
  ['the length of an array is no member', ['a', 'b', 'length'], 'exists', true, false],
  ['what objects inherit is no member', ['constructor'], 'exists', true, false],
  ['a name with a dot', ['d.t'], 'eq', 1, true],
] as const) {
  test(name, () => assert.equal(says([...path], op, value), expected))
}

test('all conditions must hold', () => {
  const yes: PayloadCondition = { path: ['yes'], op: 'eq', value: true }
  assert.equal(saysAll(payload, [yes, { path: ['n'], op: 'eq', value: 1.5 }]), true)
  assert.equal(saysAll(payload, [yes, { path: ['n'], op: 'eq', value: 2 }]), false)
})

test('what is not JSON says nothing, not even that something is absent', () => {
  const absent: PayloadCondition = { path: ['a'], op: 'exists', value: false }
  for (const text of ['', 'plain', '{"a":', '\u0000', '<a/>']) {
    assert.equal(saysAll(Buffer.from(text), [absent]), false, text)
  }
  assert.equal(saysAll(null, [absent]), false)
  assert.equal(saysAll(Buffer.from('[1]'), [absent]), true)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breakOf, problemOfForm } from './form.ts'
import { withDefaults } from './parameters.ts'
import type { Field } from './template.ts'

const field = (name: string, more: Partial<Field> = {}): Field => ({
  ...{ name, title: name, type: 'text', required: false, about: '' },
  ...more,
})
const choice = (...choices: string[]) => field('c', { type: 'choice', choices })

const FORMS: [string, Field[], string | null][] = [
  ['nothing to fill in', [], null],
  ['one of each', [field('a'), field('s', { type: 'secret' }), choice('x', 'y')], null],
  ['a name twice', [field('a'), field('a')], '1 name'],
  ['a choice without choices', [field('c', { type: 'choice' })], '0 choices'],
  ['a text with choices', [field('a', { choices: ['x'] })], '0 choices'],
  ['a choice twice', [choice('x', 'x')], '0 choices'],
]
for (const [name, fields, expected] of FORMS) {
  test(`${name} is ${expected === null ? 'a form' : 'none'}`, () => {
    const problem = problemOfForm(fields)
    assert.equal(problem && `${problem.index} ${problem.member}`, expected)
  })
}

const CHANGES: [string, Field[], Field[], RegExp | null][] = [
  ['the same', [field('a')], [field('a')], null],
  ['another title', [field('a')], [field('a', { title: 'A' })], null],
  ['a new field', [field('a')], [field('b'), field('a')], null],
  ['no longer required', [field('a', { required: true })], [field('a')], null],
  ['one more choice', [choice('x')], [choice('y', 'x')], null],
  ['a field that went', [field('a')], [], /^a is missing$/],
  ['a secret that is shown', [field('a', { type: 'secret' })], [field('a')], /was a secret and/],
  ['newly required', [field('a')], [field('a', { required: true })], /was not required/],
  ['a new required one', [], [field('a', { required: true })], /is new and required/],
  ['a choice that went', [choice('x', 'y')], [choice('x')], /lost the choice y/],
]
for (const [name, before, after, expected] of CHANGES) {
  test(`what was filled in ${expected === null ? 'does' : 'may not do'} for: ${name}`, () => {
    const broken = breakOf(before, after)
    if (expected === null) assert.equal(broken, null)
    else assert.match(broken ?? '', expected)
  })
}

test('code finds a value for every field, and for nothing else', () => {
  const fields = [field('a'), field('l', { type: 'list' }), choice('x', 'y'), field('b')]
  assert.deepEqual(withDefaults(fields, { b: 'given', old: 'gone' }), {
    ...{ a: '', l: [], c: 'x', b: 'given' },
  })
})

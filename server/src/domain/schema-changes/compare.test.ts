// Each pair of schemas is compared in both directions: what somebody did, and what undoes it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExact } from '../exact-json.ts'
import { schemaChanges } from './compare.ts'

/** `path kind !senders !receivers`, for each change. */
const told = (before: unknown, after: unknown) =>
  schemaChanges(before, after).map(({ path, kind, breaks }) =>
    [path.join('.') || '.', kind, ...breaks.map((side) => `!${side}`)].join(' '),
  )

const a = (schema: unknown, more: object = {}) => ({ properties: { a: schema }, ...more })
const string = { type: 'string' }
const number = { type: 'number' }
const nothing = { type: 'null' }
const closed = { additionalProperties: false }
const ref = { $ref: '#/definitions/D' }
const d = (schema: unknown) => ({ definitions: { D: schema } })

type Case = [name: string, before: unknown, after: unknown, there: string[], back: string[]]
const CASES: Case[] = [
  ['the same', a(string), a(string), [], []],
  ['a member', {}, a(string), ['a property_added'], ['a property_removed !receivers']],
  [
    'a member of a closed object',
    closed,
    a(string, closed),
    ['a property_added'],
    ['a property_removed !senders !receivers'],
  ],
  [
    'a required member',
    {},
    a(string, { required: ['a'] }),
    ['a property_added !senders'],
    ['a property_removed !receivers'],
  ],
  [
    'a member that becomes required',
    a(string),
    a(string, { required: ['a'] }),
    ['a required !senders'],
    ['a optional !receivers'],
  ],
  [
    'a name that is required and not described',
    {},
    { required: ['a'] },
    ['a required !senders'],
    ['a optional !receivers'],
  ],
  [
    'a required name that is described',
    { required: ['a'] },
    a(string, { required: ['a'] }),
    ['a property_added'],
    ['a property_removed !receivers'],
  ],
  ['a type', a({}), a(string), ['a type !senders'], ['a type !receivers']],
  [
    'null beside a type',
    a(string),
    a({ type: ['string', 'null'] }),
    ['a type !receivers'],
    ['a type !senders'],
  ],
  [
    'another type',
    a(string),
    a(number),
    ['a type !senders !receivers'],
    ['a type !senders !receivers'],
  ],
  [
    'integers among numbers',
    a({ type: 'integer' }),
    a(number),
    ['a type !receivers'],
    ['a type !senders'],
  ],
  [
    'a value of a list',
    a({ enum: ['x'] }),
    a({ enum: ['x', 'y'] }),
    ['a value !receivers'],
    ['a value !senders'],
  ],
  [
    'values for others',
    a({ enum: ['x', 'z'] }),
    a({ enum: ['x', 'y'] }),
    ['a value !senders', 'a value !receivers'],
    ['a value !senders', 'a value !receivers'],
  ],
  [
    'a list of values for a type',
    a(string),
    a({ type: 'string', enum: ['x'] }),
    ['a value !senders'],
    ['a value !receivers'],
  ],
  [
    'one value, said without its type',
    a(string),
    a({ const: 'x' }),
    ['a value !senders'],
    ['a value !receivers'],
  ],
  ['const and a list of one', a({ const: 1 }), a({ enum: [1] }), ['. described'], ['. described']],
  ...['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'].map(
    (name): Case => [
      `a higher ${name}`,
      a({ [name]: 1 }),
      a({ [name]: 2 }),
      ['a bound !senders'],
      ['a bound !receivers'],
    ],
  ),
  ...['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'].map(
    (name): Case => [
      `a lower ${name}`,
      a({ [name]: 2 }),
      a({ [name]: 1 }),
      ['a bound !senders'],
      ['a bound !receivers'],
    ],
  ),
  ['a first bound', a({}), a({ maximum: 1 }), ['a bound !senders'], ['a bound !receivers']],
  ['a bound that is none', a({}), a({ minLength: 0 }), ['. described'], ['. described']],
  [
    'a finer step',
    a({ multipleOf: 10 }),
    a({ multipleOf: 5 }),
    ['a form !receivers'],
    ['a form !senders'],
  ],
  [
    'another step',
    a({ multipleOf: 3 }),
    a({ multipleOf: 5 }),
    ['a form !senders !receivers'],
    ['a form !senders !receivers'],
  ],
  [
    'a pattern',
    a(string),
    a({ ...string, pattern: '^x' }),
    ['a form !senders'],
    ['a form !receivers'],
  ],
  [
    'another format',
    a({ format: 'uri' }),
    a({ format: 'email' }),
    ['a form !senders !receivers'],
    ['a form !senders !receivers'],
  ],
  [
    'no element twice',
    a({ uniqueItems: false }),
    a({ uniqueItems: true }),
    ['a form !senders'],
    ['a form !receivers'],
  ],
  ['closed', {}, closed, ['. closed !senders'], ['. opened']],
  ['closed in 2020-12', {}, { unevaluatedProperties: false }, ['. closed !senders'], ['. opened']],
  [
    'a type of the other members',
    { additionalProperties: true },
    { additionalProperties: string },
    ['* type !senders'],
    ['* type !receivers'],
  ],
  [
    'members by a pattern',
    {},
    { patternProperties: { '^x': string } },
    ['/^x/ type !senders'],
    ['/^x/ type !receivers'],
  ],
  ['a member that is forbidden', a(string), a(false), ['a closed !senders'], ['a opened']],
  [
    'deep inside',
    a({ items: a(string) }),
    a({ items: a({ type: ['string', 'null'] }) }),
    ['a.[].a type !receivers'],
    ['a.[].a type !senders'],
  ],
  [
    'elements by their place',
    { items: [string] },
    { items: [string, number] },
    ['[1] type !senders'],
    ['[1] type !receivers'],
  ],
  ['both ways to name elements', { items: [string] }, { prefixItems: [string] }, ...written()],
  [
    'null in another way',
    a({ type: ['string', 'null'] }),
    a({ anyOf: [string, nothing] }),
    ...written(),
  ],
  [
    'another form',
    a(string),
    a({ anyOf: [string, nothing] }),
    ['a alternative !receivers'],
    ['a alternative !senders'],
  ],
  [
    'a form among others, which changed too',
    { oneOf: [a(string), nothing] },
    { oneOf: [nothing, a(number), number] },
    ['. alternative !receivers', 'a type !senders !receivers'],
    ['. alternative !senders', 'a type !senders !receivers'],
  ],
  [
    'forms beside other rules',
    a({}, { required: ['a'] }),
    a({}, { required: ['a'], anyOf: [a(string), a(number)] }),
    ['. alternative !senders'],
    ['. alternative !receivers'],
  ],
  ['a definition that is moved in', { ...a(ref), ...d(string) }, a(string), ...written()],
  [
    'a definition that changes',

    { ...a(ref), ...d(string) },
    { ...a(ref), ...d(number) },
    ['a type !senders !receivers'],
    ['a type !senders !receivers'],
  ],
  [
    'one that leads back to itself',

    { ...ref, ...d(a(ref)) },
    { ...ref, ...d(a(ref, { required: ['a'] })) },
    ['a required !senders', 'a.a required !senders'],
    ['a optional !receivers', 'a.a optional !receivers'],
  ],
  [
    'parts for a whole',
    { allOf: [a(string), { required: ['a'] }] },
    a(string, { required: ['a'] }),
    ...written(),
  ],
  [
    'a part that is stricter',
    { allOf: [{ maxLength: 5 }] },
    { allOf: [{ maxLength: 5 }, { maxLength: 3 }] },
    ['. bound !senders'],
    ['. bound !receivers'],
  ],
  ['another rule', {}, { not: string }, ['. rule !senders'], ['. rule !receivers']],
  [
    'a rule that says something else',
    { if: a(string) },
    { if: a(number) },
    ['. rule !senders !receivers'],
    ['. rule !senders !receivers'],
  ],
  ['a description', a({}), a({ description: 'A' }), ['a described'], ['a described']],
  ['deprecated', a({}), a({ deprecated: true }), ['a described'], ['a described']],
  [
    'words that JavaScript knows',
    {},
    { properties: { constructor: string } },
    ['constructor property_added'],
    ['constructor property_removed !receivers'],
  ],
]

/** Written differently, and nothing else. */
function written(): [string[], string[]] {
  return [['. described'], ['. described']]
}

for (const [name, before, after, there, back] of CASES) {
  test(`${name}: there and back`, () => {
    assert.deepEqual(told(before, after), there, 'there')
    assert.deepEqual(told(after, before), back, 'back')
    assert.deepEqual([told(before, before), told(after, after)], [[], []])
  })
}

test('numbers beyond those of JavaScript are told as they are written', () => {
  const [one, other] = ['1e3', '20000000000000000000'].map((n) => parseExact(`{"maximum":${n}}`))
  assert.equal(schemaChanges(one, other)[0]!.message, 'maximum: 1e3 → 20000000000000000000')
})

test('what leads back to itself in ever new ways comes to an end', () => {
  const both = (n: number, m: number) => ({
    properties: {
      x: { allOf: [{ $ref: `#/definitions/${n}` }, { $ref: `#/definitions/${m}` }] },
      y: { allOf: [{ $ref: `#/definitions/${m}` }, { $ref: `#/definitions/${n}` }] },
    },
  })
  const definitions = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [n, both((n + 1) % 30, (n + 7) % 30)]),
  )
  const before = { $ref: '#/definitions/0', definitions }
  const found = schemaChanges(before, { ...before, maxProperties: 3 })
  assert.ok(found.some(({ kind }) => kind === 'bound'))
})

// What is no JSON Schema is refused wherever it comes in, and what is one is kept as it was written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { assertCase } from './cases.ts'

const api = await startApi()
const description = ''
await api.post('event-type', { name: 'live', description })

const deep = (levels: number): object => (levels === 0 ? {} : { not: deep(levels - 1) })

const REFUSED: [string, object, string[], string][] = [
  ['a keyword of the wrong type', { readOnly: 15 }, ['readOnly'], 'must be boolean, got 15'],
  [
    'a type that there is not',
    { properties: { a: { type: 'strin' } } },
    ['properties', 'a', 'type'],
    'strin',
  ],
  ['required as of draft-03', { required: true }, ['required'], 'must be array'],
  ['a remote reference', { $ref: 'https://example.com/a.json' }, [], 'example.com'],
  ['a reference to nothing', { $ref: '#/definitions/A' }, [], '#/definitions/A'],
  ['a look-ahead', { pattern: '^(?=a)' }, [], 'look-around'],
  ['a back-reference', { pattern: '(a)\\1' }, [], 'back-reference'],
  ['a pattern that is a program', { pattern: 'a'.repeat(257) }, [], '256 characters'],
  ['another dialect', { $schema: 'http://json-schema.org/draft-04/schema#' }, ['$schema'], '07'],
  ['an asynchronous one', { $async: true }, ['$async'], 'asynchronous'],
  ['one that is too deep', deep(40), [], '32'],
  ['one that is too long', { description: 'x'.repeat(65_536) }, [], '65536 bytes'],
  ['one of too many parts', { enum: Array.from({ length: 2_001 }, () => ({})) }, [], '2000'],
  [
    'the name of the schema of schemas',
    { $id: 'http://json-schema.org/draft-07/schema', type: 'object' },
    [],
    'already exists',
  ],
]

for (const [what, schema, path, says] of REFUSED) {
  test(`${what} is refused by POST, PUT and PATCH, and changes nothing`, async () => {
    const body = { description, schemas: { 1: {}, 2: schema } }
    const refused = { status: 422, loc: ['body', 'schemas', '2', ...path], has: [says] }
    const cases = [
      { method: 'POST', path: 'event-type', body: { ...body, name: 'never' } },
      { method: 'PUT', path: 'event-type/never', body },
      { method: 'PUT', path: 'event-type/live', body },
      { method: 'PATCH', path: 'event-type/live', body: { schemas: body.schemas } },
    ]
    for (const given of cases) await assertCase(api, { name: what, ...given, ...refused })
    assert.equal((await api.get('event-type/never')).status, 404)
    assert.equal((await api.get('event-type/live')).body['schemas'], null)
  })
}

for (const [what, schema] of [
  ['nothing', {}],
  ['unknown keywords', { 'x-icon': 'bell', example: 1 }],
  ['itself', { properties: { child: { $ref: '#' } } }],
  ['the schema of schemas', { $ref: 'http://json-schema.org/draft-07/schema#' }],
  ['an ordinary pattern', { pattern: '^\\+?[\\d ()-]{5,}$|^\\u00e9+$' }],
  [
    '2020-12, when it says so',
    { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'string' }] },
  ],
] as const) {
  test(`a schema may hold ${what}`, async () => {
    const { status, body } = await api.patch('event-type/live', { schemas: { 1: schema } })
    assert.deepEqual([status, body['schemas']], [200, { 1: schema }])
    await api.patch('event-type/live', { schemas: null })
  })
}

test('schemas keep the spelling of their numbers, in every answer and in the example that is sent', async () => {
  const example = '{"a" : 1.0, "b":12345678901234567890, "c":1E400}'
  const schemas = `{"1":{ "examples":[7, ${example}], "multipleOf":0.10}}`
  const created = await api.post(
    'event-type',
    `{"name":"exact","description":"","schemas":${schemas}}`,
  )
  assert.equal(created.status, 201, created.text)
  for (const { text } of [
    created,
    await api.get('event-type/exact'),
    await api.patch('event-type/exact', { description: 'changed' }),
    await api.put('event-type/exact', `{"description":"","schemas":${schemas}}`),
    await api.get('event-type?with_content=true'),
    await api.post('environment/export'),
  ]) {
    assert.ok(text.includes(`"schemas":${schemas}`), text)
  }
  const app = (await api.post('app', { name: 'exact' })).body.id
  const { id } = (await api.post(`app/${app}/endpoint`, { url: 'https://example.com' })).body
  const path = `app/${app}/endpoint/${id}/send-example`
  const sent = await api.post(path, { eventType: 'exact', exampleIndex: 1 })
  assert.ok((await api.get(`app/${app}/msg/${sent.body.id}`)).text.includes(example))
  const none = await api.post(path, { eventType: 'exact', exampleIndex: 0 })
  assert.deepEqual([none.status, none.body.code], [400, 'invalid_scheme'])
})

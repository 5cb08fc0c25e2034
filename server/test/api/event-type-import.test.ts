// Event types from the webhooks of an OpenAPI document.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { type Case, testCases } from './cases.ts'
import { snapshot } from './requests.ts'

const api = await startApi()
const PATH = 'event-type/import/openapi'

const Pet = {
  required: ['id'],
  properties: { id: { type: 'integer' }, mother: { $ref: '#/components/schemas/Pet' } },
}
const content = (schema: object, more: object = {}) => ({
  content: { 'application/json': { schema, ...more } },
})
const spec = {
  openapi: '3.1.0',
  webhooks: {
    'pet.new': {
      post: {
        description: 'A pet came',
        tags: ['pets'],
        requestBody: content({ $ref: '#/components/schemas/Pet' }, { example: { id: 1 } }),
      },
    },
    'pet.gone': {
      post: {
        deprecated: true,
        'x-svix-feature-flags': ['beta'],
        'x-svix-group-name': 'leaving',
        requestBody: { $ref: '#/components/requestBodies/Gone' },
      },
    },
    'pet.moved': { $ref: '#/components/pathItems/Moved' },
  },
  components: {
    schemas: { Pet },
    requestBodies: { Gone: { description: 'A pet went', ...content({ type: 'object' }) } },
    pathItems: { Moved: { put: { summary: 'A pet moved' } } },
  },
}
const BUNDLED = {
  $ref: '#/definitions/Pet',
  definitions: {
    Pet: {
      required: ['id'],
      properties: { id: { type: 'integer' }, mother: { $ref: '#/definitions/Pet' } },
    },
  },
  examples: [{ id: 1 }],
}
const NEW = [
  {
    name: 'pet.new',
    description: 'A pet came',
    deprecated: false,
    featureFlags: null,
    groupName: 'pets',
    schemas: { 1: BUNDLED },
  },
  {
    name: 'pet.gone',
    description: 'A pet went',
    deprecated: true,
    featureFlags: ['beta'],
    groupName: 'leaving',
    schemas: { 1: { type: 'object' } },
  },
  {
    name: 'pet.moved',
    description: 'A pet moved',
    deprecated: false,
    featureFlags: null,
    groupName: null,
    schemas: null,
  },
]
const NAMES = NEW.map(({ name }) => name)
type Data = { modified: string[]; to_modify: object[] | null; archived: string[] }
const read = async (body: object) => {
  const answer = await api.post(PATH, body)
  assert.equal(answer.status, 200, answer.text)
  return answer.body.data as unknown as Data
}

test('a dry run says what would be, and changes nothing', async () => {
  const before = await snapshot(api)
  const data = await read({ spec, dryRun: true, replaceAll: true })
  assert.deepEqual(data, { modified: NAMES, to_modify: NEW, archived: [] })
  assert.deepEqual(await snapshot(api), before)
})

test('the real one makes just that, and a second one nothing', async () => {
  const data = await read({ spec })
  assert.deepEqual(data, { modified: NAMES, to_modify: null, archived: [] })
  for (const expected of NEW) {
    const { body } = await api.get(`event-type/${expected.name}`)
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(body[field], value)
  }
  assert.deepEqual((await read({ spec })).modified, [])
})

test('what is imported can be used: a wrong payload is refused', async () => {
  await api.patch('event-type/pet.new', { schemaPolicy: 'reject' })
  const app = (await api.post('app', { name: 'app' })).body.id
  const send = (payload: object) => api.post(`app/${app}/msg`, { eventType: 'pet.new', payload })
  assert.equal((await send({ id: 1, mother: { id: 2 } })).status, 202)
  const wrong = await send({ id: 1, mother: { id: 2, mother: {} } })
  assert.match(wrong.text, /"loc":\["body","payload","mother","mother","id"\]/)
})

test('an import brings archived ones back, and leaves what the document says nothing of', async () => {
  await api.patch('event-type/pet.moved', { featureFlag: 'secret', groupName: 'own' })
  await api.delete('event-type/pet.moved')
  const data = await read({ spec })
  assert.deepEqual(data.modified, ['pet.moved'])
  const { archived, featureFlags, groupName } = (await api.get('event-type/pet.moved')).body
  assert.deepEqual([archived, featureFlags, groupName], [false, ['secret'], 'own'])
  assert.equal((await api.get('event-type/pet.new')).body['schemaPolicy'], 'reject')
})

test('replaceAll archives the others', async () => {
  await api.post('event-type', { name: 'extra', description: '' })
  assert.deepEqual((await read({ spec })).archived, [])
  assert.deepEqual((await read({ spec, replaceAll: true, dryRun: true })).archived, ['extra'])
  assert.equal((await api.get('event-type/extra')).body['archived'], false)
  assert.deepEqual((await read({ spec, replaceAll: true })).archived, ['extra'])
  assert.equal((await api.get('event-type/extra')).body['archived'], true)
})

const YAML = `
openapi: 3.0.3
x-webhooks:
  order.paid:
    post:
      summary: An order was paid
      requestBody:
        content:
          application/json:
            schema: &money
              type: object
              required: [amount]
  order.refunded:
    post:
      requestBody: {content: {application/json: {schema: *money}}}
`

test('text may be YAML or JSON, and x-webhooks do too', async () => {
  const { to_modify } = await read({ specRaw: YAML, dryRun: true })
  const schemas = { 1: { type: 'object', required: ['amount'] } }
  const rest = { deprecated: false, featureFlags: null, groupName: null, schemas }
  assert.deepEqual(to_modify, [
    { name: 'order.paid', description: 'An order was paid', ...rest },
    { name: 'order.refunded', description: '', ...rest },
  ])
  assert.deepEqual((await read({ specRaw: JSON.stringify(spec) })).modified, [])
})

test('numbers keep their spelling', async () => {
  const exact = '{"1":{"multipleOf":1.0,"maximum":12345678901234567890}}'
  const schema = exact.slice('{"1":'.length, -1)
  const body = `{"webhooks":{"exact":{"post":{"requestBody":{"content":{"application/json":{"schema":${schema}}}}}}}}`
  await api.post(PATH, `{"spec":${body}}`)
  assert.ok((await api.get('event-type/exact')).text.includes(exact))
  assert.deepEqual((await read({ specRaw: body })).modified, [])
})

test('what 3.1 can say and draft-07 cannot keeps its meaning', async () => {
  const schema = { type: 'array', prefixItems: [{ type: 'string' }] }
  const webhooks = { newer: { post: { requestBody: content(schema) } } }
  const { to_modify } = await read({ spec: { openapi: '3.1.0', webhooks }, dryRun: true })
  assert.deepEqual((to_modify as typeof NEW)[0]!.schemas, {
    1: { $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema },
  })
})

test('the document that we serve can be read back', async () => {
  const headers = { authorization: `Bearer ${api.token}` }
  const served = await (await fetch(`${await api.listen()}/openapi.json`, { headers })).text()
  const { webhooks } = JSON.parse(served) as { webhooks: object }
  assert.ok(Object.keys(webhooks).length > 3)
  const raw = served.slice(served.indexOf('"webhooks"'))
  assert.match(raw, /"multipleOf": 1\.0,\s+"maximum": 12345678901234567890/)
  const { modified } = await read({ spec: { webhooks }, dryRun: true })
  // JSON.parse above changed the numbers of the one; the other has no schema, and is served as any object.
  assert.deepEqual(modified, ['exact', 'pet.moved'])
})

const refused = (name: string, body: object, loc: string[], says: string): Case => ({
  ...{ name: `${name} is refused`, method: 'POST', path: PATH, body, status: 422 },
  ...{ loc: ['body', ...loc], has: [says] },
})
const webhook = (post: unknown) => ({ spec: { webhooks: { hook: { post } } } })
const withSchema = (schema: object) => webhook({ requestBody: content(schema) })
const HOOK = ['spec', 'webhooks', 'hook']
const SCHEMA = [...HOOK, 'post', 'requestBody', 'content', 'application/json', 'schema']
/** Nine levels of nine: 387,420,489 words. */
const BOMB = `a0: &a0 [x]\n${Array.from(
  { length: 9 },
  (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]\n`,
).join('')}webhooks: {}\n`
const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`n${n}`, { post: {} }]))

testCases(api, [
  { name: 'no document is 400', method: 'POST', path: PATH, body: {}, status: 400 },
  {
    name: 'two documents are 400',
    ...{ method: 'POST', path: PATH, status: 400 },
    body: { spec, specRaw: YAML },
  },
  refused('a document that is no object', { spec: [] }, ['spec'], 'expected'),
  refused('text that is neither', { specRaw: '{"a": [' }, ['specRaw'], 'JSON or YAML'),
  refused('a bomb of aliases', { specRaw: BOMB }, ['specRaw'], 'alias'),
  refused('a document without webhooks', { spec: {} }, ['spec', 'x-webhooks'], 'object'),
  refused('too many webhooks', { spec: { webhooks: many } }, ['spec', 'webhooks'], '1000'),
  refused(
    'a name that is none',
    { spec: { webhooks: { 'a b': { post: {} } } } },
    [...['spec', 'webhooks', 'a b']],
    'its name',
  ),
  refused('a webhook without an operation', { spec: { webhooks: { hook: {} } } }, HOOK, 'post'),
  refused(
    'a pointer elsewhere',
    withSchema({ $ref: 'https://example.com/pet.json' }),
    [...SCHEMA, '$ref'],
    'not fetched',
  ),
  refused(
    'a pointer to another file',
    webhook({ $ref: './hook.yaml#/post' }),
    [...HOOK, 'post', '$ref'],
    'not fetched',
  ),
  refused(
    'a pointer to nothing',
    withSchema({ $ref: '#/components/schemas/No' }),
    [...SCHEMA, '$ref'],
    'leads nowhere',
  ),
  refused(
    'a pointer to what every object inherits',
    withSchema({ $ref: '#/constructor' }),
    [...SCHEMA, '$ref'],
    'leads nowhere',
  ),
  refused(
    'a circle of pointers',
    { spec: { webhooks: { a: { $ref: '#/webhooks/b' }, b: { $ref: '#/webhooks/a' } } } },
    ['spec', 'webhooks', 'a'],
    'on and on',
  ),
  refused(
    'a schema that is none',
    withSchema({ readOnly: 15 }),
    [...SCHEMA, 'readOnly'],
    'boolean',
  ),
])

// Event types from AsyncAPI documents, catalogue files and named JSON Schemas, and what is told of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { type Case, testCases } from './cases.ts'
import { snapshot } from './requests.ts'

const api = await startApi()
const PATH = 'event-type/import/catalog'

type Change = { field: string; path: string[]; kind: string; message: string; breaks: string[] }
type Told = {
  format: string
  dryRun: boolean
  added: string[]
  changed: { name: string; changes: Change[] }[]
  unchanged: string[]
  archived: string[]
  breaking: boolean
}
const read = async (body: string | object) => {
  const answer = await api.post(PATH, body)
  assert.equal(answer.status, 200, answer.text)
  return answer.body as unknown as Told
}
const kept = async (name: string) => {
  const { body } = await api.get(`event-type/${name}`)
  const { description, deprecated, groupName, featureFlags, schemas } = body
  return { description, deprecated, groupName, featureFlags, schemas }
}

const Order = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' }, parent: { $ref: '#/components/schemas/Order' } },
}
const ASYNC = {
  asyncapi: '3.0.0',
  channels: {
    orders: {
      messages: {
        orderPaid: { $ref: '#/components/messages/paid' },
        'order.listed': { payload: { type: 'object' } },
      },
    },
    internal: { $ref: '#/components/channels/internal' },
  },
  operations: {
    tell: {
      action: 'send',
      channel: { $ref: '#/channels/orders' },
      messages: [
        { $ref: '#/channels/orders/messages/orderPaid' },
        { $ref: '#/channels/orders/messages/order.listed' },
      ],
    },
    again: { action: 'send', channel: { $ref: '#/channels/orders' } },
    take: { action: 'receive', channel: { $ref: '#/channels/internal' } },
  },
  components: {
    channels: { internal: { messages: { 'order.make': { payload: {} } } } },
    messages: {
      paid: {
        name: 'order.paid',
        summary: 'An order was paid',
        tags: [{ $ref: '#/components/tags/orders' }],
        traits: [{ 'x-deprecated': true, summary: 'never' }],
        payload: {
          schemaFormat: 'application/vnd.aai.asyncapi+json;version=3.0.0',
          schema: { $ref: '#/components/schemas/Order' },
        },
        examples: [{ payload: { id: 1 } }, { headers: {} }],
      },
    },
    tags: { orders: { name: 'orders' } },
    schemas: { Order },
  },
}
const PAID = {
  description: 'An order was paid',
  deprecated: true,
  groupName: 'orders',
  featureFlags: null,
  schemas: {
    1: {
      $ref: '#/definitions/Order',
      definitions: {
        Order: {
          type: 'object',
          required: ['id'],
          properties: { id: { type: 'integer' }, parent: { $ref: '#/definitions/Order' } },
        },
      },
      examples: [{ id: 1 }],
    },
  },
}

test('a dry run of an AsyncAPI document says what would be, and changes nothing', async () => {
  const before = await snapshot(api)
  const told = await read({ spec: ASYNC, dryRun: true })
  assert.deepEqual(told, {
    format: 'asyncapi',
    dryRun: true,
    added: ['order.paid', 'order.listed'],
    changed: [],
    unchanged: [],
    archived: [],
    breaking: false,
  })
  assert.deepEqual(await snapshot(api), before)
})

test('messages that its operations send become event types; a second time nothing changes', async () => {
  await read({ specRaw: JSON.stringify(ASYNC) })
  assert.deepEqual(await kept('order.paid'), PAID)
  assert.equal((await api.get('event-type/order.make')).status, 404)
  const { unchanged, changed } = await read({ spec: ASYNC })
  assert.deepEqual([unchanged, changed], [['order.paid', 'order.listed'], []])
})

test('without such operations all messages of channels do', async () => {
  const { operations: _, ...spec } = ASYNC
  assert.deepEqual((await read({ spec, dryRun: true })).added, ['order.make'])
})

test('what changes in a schema is told, with whom it breaks', async () => {
  const { id } = Order.properties
  const schemas = {
    Order: { ...Order, required: ['id', 'to'], properties: { id: { ...id, minimum: 1 }, to: {} } },
  }
  const spec = { ...ASYNC, components: { ...ASYNC.components, schemas } }
  const told = await read({ spec, dryRun: true })
  assert.equal(told.breaking, true)
  const [changed] = told.changed
  assert.deepEqual(
    changed!.changes.map(({ path, kind, breaks }) => [path.join('.'), kind, breaks]),
    [
      ['parent', 'property_removed', ['receivers']],
      ['to', 'property_added', ['senders']],
      ['id', 'bound', ['senders']],
    ],
  )
  assert.deepEqual(told.unchanged, ['order.listed'])
})

const CATALOG = `
eventTypes:
  lead.create:
    description: A lead was made
    group: leads
    featureFlags: [beta]
    schema:
      type: object
      properties: { address: { $ref: '#/schemas/Address' }, own: { $ref: '#/definitions/Own' } }
      definitions: { Own: { type: string } }
    examples: [{ own: it }]
  lead.bare:
  lead.two:
    deprecated: true
    schemas:
      "1": { $ref: '#/schemas/Address' }
      "2": { title: Newer }
schemas:
  Address: { description: Where, properties: { next: { $ref: '#/schemas/Address' } } }
`

test('a catalogue file says what an event type has; others may be archived with it', async () => {
  const told = await read({ specRaw: CATALOG, archiveOthers: true })
  assert.deepEqual(
    [told.format, told.added, told.archived, told.breaking],
    ['catalog', ['lead.create', 'lead.bare', 'lead.two'], ['order.listed', 'order.paid'], true],
  )
  assert.equal((await api.get('event-type/order.paid')).body['archived'], true)
  assert.deepEqual(await kept('lead.create'), {
    ...{ description: 'A lead was made', deprecated: false, groupName: 'leads' },
    featureFlags: ['beta'],
    schemas: {
      1: {
        type: 'object',
        properties: {
          address: { $ref: '#/definitions/Address' },
          own: { $ref: '#/definitions/Own' },
        },
        definitions: {
          Own: { type: 'string' },
          Address: {
            description: 'Where',
            properties: { next: { $ref: '#/definitions/Address' } },
          },
        },
        examples: [{ own: 'it' }],
      },
    },
  })
  assert.equal((await kept('lead.bare')).schemas, null)
  const two = await kept('lead.two')
  assert.deepEqual([two.description, two.deprecated], ['Where', true])
  assert.deepEqual(two.schemas, {
    1: { description: 'Where', properties: { next: { $ref: '#' } } },
    2: { title: 'Newer' },
  })
})

test('group and flags stay when a file says nothing of them, and go when it says so', async () => {
  const import_ = (entry: object) => read({ spec: { eventTypes: { 'lead.create': entry } } })
  await import_({})
  const stayed = await kept('lead.create')
  assert.deepEqual(
    [stayed.groupName, stayed.featureFlags, stayed.schemas],
    ['leads', ['beta'], null],
  )
  const { changed } = await import_({ group: null, featureFlags: [] })
  assert.deepEqual(
    changed[0]!.changes.map(({ field, message }) => `${field}: ${message}`),
    ['featureFlags: ["beta"] → null', 'groupName: "leads" → null'],
  )
})

test('JSON Schemas by name are event types, each a document of its own', async () => {
  const own =
    '{"title":"Exact","properties":{"n":{"$ref":"#/definitions/N"}},"definitions":{"N":{"maximum":1.0}}}'
  const body = `{"jsonSchemas":{"plain.one":${own},"order.paid":{"type":"object"}}}`
  const told = await read(body)
  assert.deepEqual([told.format, told.added], ['json-schemas', ['plain.one']])
  assert.deepEqual(told.changed[0]!.changes.map(({ field }) => field).slice(0, 1), ['archived'])
  const { text, body: kept } = await api.get('event-type/plain.one')
  assert.ok(text.includes(`{"1":${own}}`), text)
  assert.equal(kept['description'], 'Exact')
})

test('all of a document is written or nothing', async () => {
  const before = await snapshot(api)
  const eventTypes = { fine: {}, wrong: { schema: { type: 'strin' } } }
  assert.equal((await api.post(PATH, { spec: { eventTypes } })).status, 422)
  assert.deepEqual(await snapshot(api), before)
})

test('imports at the same time never answer what is not so', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      api.post(PATH, { spec: { eventTypes: { raced: { description: `by ${n}` } } } }),
    ),
  )
  const done = answers.filter(({ status }) => status === 200)
  assert.ok(answers.every(({ status }) => status === 200 || status === 409))
  assert.ok(done.length >= 1)
  assert.equal(done.filter(({ body }) => (body['added'] as string[]).length === 1).length, 1)
})

const refused = (name: string, body: object, loc: string[], says: string): Case => ({
  ...{ name: `${name} is refused`, method: 'POST', path: PATH, body, status: 422 },
  ...{ loc: ['body', ...loc], has: [says] },
})
const one = (entry: unknown) => ({ spec: { eventTypes: { one: entry } } })
const ONE = ['spec', 'eventTypes', 'one']
const message = (value: object) => ({
  spec: { asyncapi: '3.0.0', channels: { c: { messages: { m: value } } } },
})
const M = ['spec', 'channels', 'c', 'messages', 'm']

testCases(api, [
  { name: 'no document is 400', method: 'POST', path: PATH, body: {}, status: 400 },
  {
    name: 'two documents are 400',
    ...{ method: 'POST', path: PATH, status: 400 },
    body: { specRaw: CATALOG, jsonSchemas: {} },
  },
  refused('a document of no kind', { spec: { a: 1 } }, ['spec'], 'eventTypes'),
  refused('text that is none', { specRaw: 'a: [' }, ['specRaw'], 'JSON or YAML'),
  refused(
    'a field that there is not',
    one({ descripton: '' }),
    [...ONE, 'descripton'],
    'description',
  ),
  refused('text for a flag', one({ deprecated: 'yes' }), [...ONE, 'deprecated'], 'true or false'),
  refused('two ways to say the schema', one({ schema: {}, schemas: {} }), ONE, 'not both'),
  refused(
    'a schema that is none',
    one({ schemas: { 2: { readOnly: 15 } } }),
    [...ONE, 'schemas', '2', 'readOnly'],
    'boolean',
  ),
  refused(
    'a pointer to a file',
    one({ schema: { $ref: './one.json' } }),
    [...ONE, 'schema', '$ref'],
    'not fetched',
  ),
  refused(
    'a name that is none',
    { jsonSchemas: { 'a b': {} } },
    ['jsonSchemas', 'a b'],
    'its name',
  ),
  refused(
    'one of the schemas by name that is none',
    { jsonSchemas: { a: { type: 1 } } },
    ['jsonSchemas', 'a', 'type'],
    'JSON Schema',
  ),
  refused('AsyncAPI 2', { spec: { asyncapi: '2.6.0' } }, ['spec', 'asyncapi'], 'version 3'),
  refused(
    'an address in AsyncAPI',
    message({ payload: { $ref: 'https://example.com/a.json' } }),
    [...M, 'payload', '$ref'],
    'not fetched',
  ),
  refused(
    'another language of schemas',
    message({ payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {} } }),
    [...M, 'payload', 'schemaFormat'],
    'JSON Schema can be read',
  ),
  refused('a message whose name is none', message({ name: 'a b' }), M, 'its name'),
  refused(
    'two messages of one name',
    {
      spec: {
        asyncapi: '3.0.0',
        channels: { c: { messages: { m: { payload: {} } } }, d: { messages: { m: {} } } },
      },
    },
    ['spec', 'channels', 'd', 'messages', 'm'],
    'something else',
  ),
])

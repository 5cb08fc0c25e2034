// An environment out of one and into another: the same comes out there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'
import { snapshot } from './requests.ts'

const api = await startApi()
const other = await api.otherEnvironment()
const IMPORT = 'environment/import'

const types = [
  { name: 'a', description: 'first', schemas: { 1: { examples: [{ n: 1 }] } } },
  { name: 'b', description: '', archived: true, deprecated: true, schemas: {} },
  { name: 'c', description: 'ö', featureFlags: ['x', 'y'], groupName: 'g', schemaPolicy: 'warn' },
]
for (const body of types) await api.post('event-type', body)
await api.post(
  'event-type',
  '{"name":"exact","description":"","schemas":{"1":{"multipleOf" : 1.0}}}',
)
await api.put('management/environment-settings', { schemaPolicy: 'reject', enforceHttps: true })

const exported = async (token = api.token) =>
  api.call({ method: 'POST', path: 'environment/export', token })
/** Without what differs by nature: the times. */
const timeless = (text: string) => text.replace(/"(createdAt|updatedAt)":"[^"]*",?/g, '')

test('an export has event types, archived ones too, settings, and nothing else', async () => {
  const { status, body } = await exported()
  assert.equal(status, 200)
  const { createdAt, eventTypes, ...rest } = body as typeof body & { eventTypes: object[] }
  assert.ok(Date.parse(String(createdAt)) > 0)
  assert.deepEqual(rest, {
    version: 1,
    connectors: [],
    templates: [],
    settings: {
      enforceHttps: true,
      disableEndpointOnFailure: true,
      disableAfterFailures: null,
      retrySchedule: null,
      defaultSecretKind: 'hmac',
      schemaPolicy: 'reject',
      requireEventType: false,
      verifyEndpointUrls: 'off',
    },
  })
  const listed = await api.get('event-type?with_content=true&include_archived=true')
  assert.deepEqual(eventTypes, listed.body.data)
})

test('a round trip into a second environment gives the same export', async () => {
  const first = (await exported()).text
  for (const _ of ['into an empty one', 'once more']) {
    const call = { method: 'POST', path: IMPORT, body: first, token: other.token }
    assert.equal((await api.call(call)).status, 204)
    assert.equal(timeless((await exported(other.token)).text), timeless(first))
  }
  assert.ok(first.includes('{"1":{"multipleOf" : 1.0}}'))
})

test('an import adds and changes, and deletes nothing', async () => {
  const { token } = await api.otherEnvironment()
  const call = (method: string, path: string, body?: object) =>
    api.call({ method, path, token, ...(body && { body }) })
  await call('POST', 'event-type', { name: 'kept', description: 'kept' })
  await call('POST', 'event-type', { name: 'changed', description: 'old', groupName: 'g' })
  await call('PUT', 'management/environment-settings', { requireEventType: true })
  const eventTypes = [
    { name: 'changed', description: 'new' },
    { name: 'added', description: '' },
  ]
  const settings = { schemaPolicy: 'warn' }
  assert.equal((await call('POST', IMPORT, { eventTypes, settings })).status, 204)
  const { data } = (await call('GET', 'event-type')).body
  assert.deepEqual(
    data.map(({ name, ...type }) => [name, type['description'], type['groupName']]),
    [
      ['added', '', null],
      ['changed', 'new', null],
      ['kept', 'kept', null],
    ],
  )
  const now = (await call('GET', 'management/environment-settings')).body
  assert.deepEqual([now['schemaPolicy'], now['requireEventType']], ['warn', true])
})

test('an import that is wrong anywhere changes nothing', async () => {
  const before = await snapshot(api)
  const good = { name: 'good', description: '' }
  const settings = { schemaPolicy: 'off' }
  for (const body of [
    { eventTypes: [good, { name: 'bad', description: '', schemas: { 1: { type: 1 } } }], settings },
    { eventTypes: [good], settings: { schemaPolicy: 'never' } },
    { eventTypes: [good, { name: 'a b', description: '' }], settings },
  ]) {
    assert.equal((await api.post(IMPORT, body)).status, 422)
  }
  assert.deepEqual(await snapshot(api), before)
})

const refused = (name: string, body: object, loc: string[]) => ({
  ...{ name, method: 'POST', path: IMPORT, body, status: 422 },
  loc: ['body', ...loc],
})
const type = (fields: object) => ({ name: 'x', description: '', ...fields })
testCases(api, [
  refused('event types must be a list', { eventTypes: {} }, ['eventTypes']),
  refused('a name must be given', { eventTypes: [{ description: '' }] }, [
    ...['eventTypes', '[0]', 'name'],
  ]),
  refused('a name may not be given twice', { eventTypes: [type({}), type({})] }, [
    ...['eventTypes', '[1]', 'name'],
  ]),
  refused(
    'a schema must be one',
    { eventTypes: [type({}), type({ name: 'y', schemas: { 1: {}, 2: { readOnly: 15 } } })] },
    ['eventTypes', '[1]', 'schemas', '2', 'readOnly'],
  ),
  refused('a policy must be one', { eventTypes: [type({ schemaPolicy: 'x' })] }, [
    ...['eventTypes', '[0]', 'schemaPolicy'],
  ]),
  refused('settings must do something', { settings: { retryPolicy: [1] } }, [
    ...['settings', 'retryPolicy'],
  ]),
  refused('there are no connectors', { connectors: [{ name: 'x' }] }, ['connectors']),
  refused('another version is not known', { version: 2 }, ['version']),
  {
    name: 'a document without anything changes nothing',
    ...{ method: 'POST', path: IMPORT, body: {}, status: 204 },
  },
  {
    name: 'null means nothing too',
    ...{ method: 'POST', path: IMPORT, status: 204 },
    body: { eventTypes: null, settings: null, connectors: null },
  },
])

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const schemas = { 1: { type: 'object', properties: { b: { type: 'number' }, a: {} } } }
const create = (name: string, fields: object = {}) =>
  api.post('event-type', { name, description: 'd', ...fields })
const listed = async (query = '') =>
  (await api.get(`event-type?limit=250${query}`)).body.data.map(({ name }) => name)

await create('live')

test('a created one is returned by GET, and by the list with its schemas', async () => {
  const { status, body } = await create('user.made', { schemas })
  assert.equal(status, 201)
  const { createdAt, updatedAt, ...rest } = body
  assert.ok(createdAt && updatedAt)
  assert.deepEqual(rest, {
    name: 'user.made',
    description: 'd',
    archived: false,
    deprecated: false,
    schemas,
    featureFlag: null,
    featureFlags: null,
    groupName: null,
    schemaPolicy: null,
  })
  assert.deepEqual((await api.get('event-type/user.made')).body, body)
  const find = async (query: string) =>
    (await api.get(`event-type${query}`)).body.data.find(({ name }) => name === 'user.made')
  assert.deepEqual(await find('?with_content=true'), body)
  for (const query of ['', '?with_content=false']) {
    assert.deepEqual(await find(query), { ...body, schemas: null })
  }
})

for (const [field, value] of [
  ['description', 'new'],
  ['archived', true],
  ['deprecated', true],
  ['schemas', null],
  ['schemas', {}],
  ['groupName', 'other'],
  ['groupName', null],
] as const) {
  test(`a patch of ${field} to ${JSON.stringify(value)} changes nothing else`, async () => {
    const name = `patch-${field}-${JSON.stringify(value).replace(/\W/g, '')}`
    const before = (await create(name, { schemas, featureFlag: 'f', groupName: 'g' })).body
    const { status, body } = await api.patch(`event-type/${name}`, { [field]: value })
    assert.equal(status, 200)
    assert.deepEqual(body, { ...before, [field]: value, updatedAt: body['updatedAt'] })
    assert.deepEqual((await api.get(`event-type/${name}`)).body, body)
  })
}

for (const [given, flag, flags] of [
  [{ featureFlag: 'a' }, 'a', ['a']],
  [{ featureFlags: ['b', 'c', 'b'] }, 'b', ['b', 'c']],
  [{ featureFlag: 'a', featureFlags: ['b'] }, 'b', ['b']],
  [{ featureFlag: null }, null, null],
  [{ featureFlags: null }, null, null],
] as const) {
  test(`${JSON.stringify(given)} means the flags ${JSON.stringify(flags)}`, async () => {
    const name = `flags-${JSON.stringify(given).replace(/\W/g, '')}`
    const shown = ({ featureFlag, featureFlags }: Record<string, unknown>) => [
      featureFlag,
      featureFlags,
    ]
    assert.deepEqual(shown((await create(name, given)).body), [flag, flags])
    await create(`${name}-2`, { featureFlag: 'z' })
    assert.deepEqual(shown((await api.patch(`event-type/${name}-2`, given)).body), [flag, flags])
  })
}

test('PUT on an unknown name creates it, whatever name the body holds', async () => {
  const put = await api.put('event-type/of.path', { name: 'of body', description: 'x' })
  assert.deepEqual([put.status, put.body['name']], [201, 'of.path'])
})

test('PUT returns absent fields to their defaults', async () => {
  const before = (await create('put', { schemas, deprecated: true, groupName: 'g' })).body
  const { status, body } = await api.put('event-type/put', { description: 'new' })
  assert.equal(status, 200)
  const { name, createdAt } = before
  assert.deepEqual([body['name'], body['createdAt'], body['description']], [name, createdAt, 'new'])
  assert.deepEqual([body['schemas'], body['deprecated'], body['groupName']], [null, false, null])
})

test('DELETE archives: not listed, still found, brought back by POST', async () => {
  await create('archived', { schemas })
  assert.equal((await api.delete('event-type/archived')).status, 204)
  assert.ok(!(await listed()).includes('archived'))
  assert.ok((await listed('&include_archived=true')).includes('archived'))
  assert.equal((await api.get('event-type/archived')).body['archived'], true)
  const again = await create('archived', { description: 'back' })
  assert.equal(again.status, 201)
  const { archived, description, schemas: left } = again.body
  assert.deepEqual([archived, description, left], [false, 'back', null])
  assert.equal((await create('archived')).status, 409)
})

test('a second DELETE finds nothing to archive, but expunges', async () => {
  await create('twice')
  assert.equal((await api.delete('event-type/twice')).status, 204)
  assert.equal((await api.delete('event-type/twice')).status, 404)
  assert.equal((await api.delete('event-type/twice?expunge=true')).status, 204)
  assert.equal((await api.get('event-type/twice')).status, 404)
})

test('DELETE with expunge removes it for good', async () => {
  await create('expunged')
  assert.equal((await api.delete('event-type/expunged?expunge=true')).status, 204)
  assert.equal((await api.get('event-type/expunged')).status, 404)
  assert.equal((await api.delete('event-type/expunged?expunge=true')).status, 404)
  assert.equal((await create('expunged')).status, 201)
})

test('an endpoint keeps filtering on an archived one', async () => {
  await create('kept')
  const app = (await api.post('app', { name: 'app' })).body.id
  const made = await api.post(`app/${app}/endpoint`, {
    url: 'https://example.com',
    eventTypes: ['kept'],
  })
  const path = `app/${app}/endpoint/${made.body.id}`
  await api.delete('event-type/kept')
  assert.deepEqual((await api.get(path)).body['eventTypes'], ['kept'])
  assert.equal((await api.patch(path, { description: 'x' })).status, 200)
})

const post = { method: 'POST', path: 'event-type' }
const named = (name: unknown) => ({ ...post, body: { name, description: '' } })

testCases(api, [
  { name: 'a live name is refused', ...named('live'), status: 409, has: ['"event_type_exists"'] },
  { name: 'a name with a space is refused', ...named('a b'), status: 422, loc: ['body', 'name'] },
  { name: 'an empty name is refused', ...named(''), status: 422, loc: ['body', 'name'] },
  { name: 'a name with a slash is refused', ...named('a/b'), status: 422, loc: ['body', 'name'] },
  { name: 'a name may have 256 characters', ...named('n'.repeat(256)), status: 201 },
  { name: 'a name may not have 257', ...named('n'.repeat(257)), status: 422 },
  {
    name: 'a name must be given',
    ...post,
    body: { description: '' },
    status: 422,
    loc: ['body', 'name'],
  },
  {
    name: 'a description too',
    ...post,
    body: { name: 'x' },
    status: 422,
    loc: ['body', 'description'],
  },
  {
    name: 'schemas must be an object',
    ...post,
    body: { name: 'x', description: '', schemas: [] },
    status: 422,
  },
  {
    name: 'each of them too',
    ...post,
    body: { name: 'x', description: '', schemas: { 1: 'x' } },
    status: 422,
    loc: ['body', 'schemas', '1'],
  },
  {
    name: 'PUT refuses a path that is no name',
    method: 'PUT',
    path: 'event-type/a%20b',
    body: { description: '' },
    status: 422,
    loc: ['path', 'event_type_name'],
  },
  {
    name: 'PATCH needs an existing one',
    method: 'PATCH',
    path: 'event-type/no',
    body: {},
    status: 404,
  },
  { name: 'so does DELETE', method: 'DELETE', path: 'event-type/no', status: 404 },
  {
    name: 'a description may not be patched to null',
    method: 'PATCH',
    path: 'event-type/live',
    body: { description: null },
    status: 422,
    loc: ['body', 'description'],
  },
])

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const create = async (fields: object = {}) =>
  (await api.post('app', { name: 'app', ...fields })).body
const full = (uid: string) => ({ name: 'full', uid, throttleRate: 7, metadata: { a: 'b' } })

test('a new application has an id, times and no metadata', async () => {
  const { status, body } = await api.post('app', { name: 'new' })
  assert.equal(status, 201)
  assert.match(body.id, /^app_[0-9A-Za-z]{27}$/)
  assert.match(String(body['createdAt']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(body['metadata'], {})
  assert.equal(body['throttleRate'], null)
  assert.ok(!('uid' in body) && !('rateLimit' in body))
  assert.deepEqual((await api.get(`app/${body.id}`)).body, body)
})

test('it is found by its uid too', async () => {
  const created = await create({ uid: 'by-uid' })
  assert.deepEqual((await api.get('app/by-uid')).body, created)
})

for (const [field, value] of [
  ['name', 'renamed'],
  ['throttleRate', 9],
  ['uid', 'patched'],
  ['metadata', { c: 'd' }],
] as const) {
  test(`a patch of ${field} changes nothing else`, async () => {
    const before = await create(full(`patch-${field}`))
    const { status, body } = await api.patch(`app/${before.id}`, { [field]: value })
    assert.equal(status, 200)
    const also = field === 'throttleRate' ? { rateLimit: value } : {}
    const expected = { ...before, [field]: value, ...also, updatedAt: body['updatedAt'] }
    assert.deepEqual(body, expected)
    assert.deepEqual((await api.get(`app/${before.id}`)).body, expected)
  })
}

test('rateLimit is the older name of throttleRate', async () => {
  const { id } = await create()
  const limited = (await api.patch(`app/${id}`, { rateLimit: 1 })).body
  assert.deepEqual([limited['rateLimit'], limited['throttleRate']], [1, 1])
  const cleared = (await api.patch(`app/${id}`, { rateLimit: null })).body
  assert.deepEqual([cleared['rateLimit'], cleared['throttleRate']], [undefined, null])
})

for (const [given, shown] of [
  [{ throttleRate: 3, rateLimit: 4 }, 3],
  [{ throttleRate: null, rateLimit: 4 }, null],
  [{ rateLimit: 4 }, 4],
] as const) {
  test(`throttleRate wins: ${JSON.stringify(given)} means ${shown}`, async () => {
    const created = await create(given)
    assert.equal(created['throttleRate'], shown)
    const put = await api.put(`app/${created.id}`, { name: 'put', ...given })
    assert.equal(put.body['throttleRate'], shown)
    const patch = await api.patch(`app/${created.id}`, given)
    assert.equal(patch.body['throttleRate'], shown)
  })
}

test('PUT returns absent fields to their defaults', async () => {
  const before = await create(full('put-defaults'))
  const { status, body } = await api.put('app/put-defaults', { name: 'replaced' })
  assert.equal(status, 200)
  const { createdAt, id } = before
  assert.deepEqual(body, {
    id,
    createdAt,
    name: 'replaced',
    throttleRate: null,
    metadata: {},
    updatedAt: body['updatedAt'],
  })
  assert.equal((await api.get('app/put-defaults')).status, 404)
})

test('PUT on an unknown id creates with the uid of the body', async () => {
  const { status, body } = await api.put('app/put-path', { name: 'x', uid: 'put-body' })
  assert.equal(status, 201)
  assert.equal(body['uid'], 'put-body')
  assert.equal((await api.get('app/put-path')).status, 404)
  assert.equal((await api.put('app/put-body', { name: 'y', uid: 'put-body' })).status, 200)
})

test('a patch with uid null removes the uid', async () => {
  const { id } = await create({ uid: 'leaves' })
  assert.ok(!('uid' in (await api.patch(`app/${id}`, { uid: null })).body))
  assert.equal((await api.get('app/leaves')).status, 404)
})

test('metadata null means none, for POST, PUT and PATCH', async () => {
  const { id, metadata } = await create({ metadata: null })
  assert.deepEqual(metadata, {})
  await api.patch(`app/${id}`, { metadata: { a: 'b' } })
  assert.deepEqual((await api.patch(`app/${id}`, { metadata: null })).body['metadata'], {})
})

test('a deleted application is gone by id and by uid, and a second time too', async () => {
  const { id } = await create({ uid: 'short-lived' })
  assert.equal((await api.delete(`app/${id}`)).status, 204)
  for (const path of [`app/${id}`, 'app/short-lived']) {
    assert.equal((await api.get(path)).status, 404)
    assert.equal((await api.delete(path)).status, 404)
  }
})

test('everything below a deleted application is gone', async () => {
  const { id } = await create()
  const endpoint = (await api.post(`app/${id}/endpoint`, { url: 'https://example.com' })).body
  const message = (await api.post(`app/${id}/msg`, { eventType: 'a', payload: {} })).body
  await api.delete(`app/${id}`)
  assert.ok(api.engine.changed.includes(endpoint.id))
  for (const path of [`endpoint/${endpoint.id}`, 'endpoint', `msg/${message.id}`, 'msg']) {
    assert.equal((await api.get(`app/${id}/${path}`)).status, 404, path)
  }
  const secrets = await api.store.db.selectFrom('endpoint_secret').selectAll().execute()
  assert.deepEqual(secrets, [])
})

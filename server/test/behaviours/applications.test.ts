// Applications, from the first POST to the uid that is free again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newUuid, toId } from '../../src/domain/ids.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { startBehaving } from './behaving.ts'

const { store, ask, get, post, put, patch, remove } = await startBehaving()
const NOBODY = 'app_000000000000000000000000000'

test('9 creating one is 201 with its id, times and no metadata; GET gives the same', async () => {
  const { status, body } = await post('/app', { name: 'nine' })
  assert.equal(status, 201)
  assert.match(body.id, /^app_[0-9A-Za-z]{27}$/)
  assert.ok(Date.parse(String(body['createdAt'])) && Date.parse(String(body['updatedAt'])))
  assert.deepEqual(body['metadata'], {})
  assert.deepEqual((await get(`/app/${body.id}`)).body, body)
})

test('10 PUT on an existing one is 200, on an unknown id 201; endpoints too, and the new one is listed', async () => {
  const { body: made } = await post('/app', { name: 'ten' })
  assert.equal((await put(`/app/${made.id}`, { name: 'x' })).status, 200)
  assert.equal((await put(`/app/${NOBODY}`, { name: 'y' })).status, 201)
  const endpoints = `/app/${made.id}/endpoint`
  const url = 'https://example.com/'
  const { body: endpoint } = await post(endpoints, { url })
  assert.equal((await put(`${endpoints}/${endpoint.id}`, { url })).status, 200)
  const created = await put(`${endpoints}/ep_000000000000000000000000000`, { url })
  assert.equal(created.status, 201)
  const { data } = (await get(endpoints)).body
  assert.deepEqual(data, [created.body, (await get(`${endpoints}/${endpoint.id}`)).body])
})

test('11 PATCH of one field changes nothing else', async () => {
  const given = { name: 'eleven', uid: 'eleven', throttleRate: 7, metadata: { a: 'b' } }
  let { body: shown } = await post('/app', given)
  for (const change of [
    { name: 'changed' },
    { throttleRate: 9, rateLimit: 9 },
    { uid: 'eleven-changed' },
    { metadata: { c: 'd' } },
  ]) {
    const { status, body } = await patch(`/app/${shown.id}`, change)
    assert.equal(status, 200)
    assert.deepEqual(body, { ...shown, ...change, updatedAt: body['updatedAt'] })
    assert.deepEqual((await get(`/app/${shown.id}`)).body, body)
    shown = body
  }
})

test('12 rateLimit shows under both names, and null clears both', async () => {
  const { body } = await post('/app', { name: 'twelve' })
  const set = await patch(`/app/${body.id}`, { rateLimit: 1 })
  assert.deepEqual([set.body['rateLimit'], set.body['throttleRate']], [1, 1])
  const cleared = await patch(`/app/${body.id}`, { rateLimit: null })
  assert.deepEqual([cleared.body['rateLimit'] ?? null, cleared.body['throttleRate']], [null, null])
})

test('13 PATCH with uid null removes the uid, and PUT without uid too; the old one is 404', async () => {
  const { body } = await post('/app', { name: 'thirteen', uid: 'thirteen' })
  assert.equal((await patch(`/app/${body.id}`, { uid: null })).status, 200)
  assert.equal((await get('/app/thirteen')).status, 404)
  await patch(`/app/${body.id}`, { uid: 'thirteen' })
  assert.equal((await get('/app/thirteen')).body.id, body.id)
  assert.equal((await put(`/app/${body.id}`, { name: 'x' })).status, 200)
  assert.equal((await get('/app/thirteen')).status, 404)
})

test('14 PATCH and PUT replace metadata whole', async () => {
  const { body } = await post('/app', { name: 'fourteen', metadata: { a: '1', b: '2' } })
  const patched = await patch(`/app/${body.id}`, { metadata: { c: '3' } })
  assert.deepEqual(patched.body['metadata'], { c: '3' })
  const replaced = await put(`/app/${body.id}`, { name: 'x', metadata: { d: '4' } })
  assert.deepEqual(replaced.body['metadata'], { d: '4' })
  assert.deepEqual((await put(`/app/${body.id}`, { name: 'x' })).body['metadata'], {})
})

test('15 a taken uid is 409 for POST and PUT, its own uid is not', async () => {
  const fields = { name: 'fifteen', uid: 'fifteen' }
  const { body } = await post('/app', fields)
  assert.deepEqual([(await post('/app', fields)).status, body['uid']], [409, 'fifteen'])
  const { body: other } = await post('/app', { name: 'other', uid: 'fifteen-other' })
  const { body: none } = await post('/app', { name: 'none' })
  for (const { id } of [other, none]) {
    const refused = await put(`/app/${id}`, fields)
    assert.deepEqual([refused.status, refused.body.code], [409, 'conflict'])
  }
  assert.equal((await put(`/app/${body.id}`, fields)).status, 200)
})

test('16 a deleted one is 404 by id and uid, and its uid is free for POST and PUT', async () => {
  const fields = { name: 'sixteen', uid: 'sixteen' }
  for (const again of [() => post('/app', fields), () => put('/app/sixteen', fields)]) {
    const { body } = await post('/app?get_if_exists=true', fields)
    const gone = await remove(`/app/${body.id}`)
    assert.deepEqual([gone.status, gone.text], [204, ''])
    for (const name of [body.id, 'sixteen']) assert.equal((await get(`/app/${name}`)).status, 404)
    assert.equal((await remove(`/app/${body.id}`)).status, 404)
    const { status, body: fresh } = await again()
    assert.equal(status, 201)
    assert.notEqual(fresh.id, body.id)
  }
})

test('17 two environments may use the same uid', async () => {
  const uuid = newUuid()
  await store.pool.query("insert into environment (id, name) values ($1, 'second')", [uuid])
  const { token } = await createApiKey(store.db, toId('environment', uuid), { name: 'second' })
  const authorization = `Bearer ${token}`
  const fields = { name: 'seventeen', uid: 'seventeen' }
  const one = await post('/app', fields)
  const two = await post('/app', fields, { authorization })
  assert.deepEqual([one.status, two.status], [201, 201])
  assert.equal((await get('/app/seventeen')).body.id, one.body.id)
  const seen = await ask('GET', '/app/seventeen', undefined, { authorization })
  assert.equal(seen.body.id, two.body.id)
})

test('18 get_if_exists gives the existing one, unchanged', async () => {
  const { body } = await post('/app', { name: 'eighteen', uid: 'eighteen', metadata: { a: 'b' } })
  const again = await post('/app?get_if_exists=true', {
    name: 'other',
    uid: 'eighteen',
    metadata: { c: 'd' },
  })
  assert.deepEqual([again.status, again.body], [200, body])
})

test('19 the same Idempotency-Key and body twice is one application, 201 both times', async () => {
  const before = (await get('/app?limit=250')).body.data.length
  const headers = { 'idempotency-key': 'nineteen' }
  const [one, two] = [
    await post('/app', { name: 'nineteen' }, headers),
    await post('/app', { name: 'nineteen' }, headers),
  ]
  assert.deepEqual([one.status, two.status, two.body], [201, 201, one.body])
  assert.equal((await get('/app?limit=250')).body.data.length, before + 1)
})

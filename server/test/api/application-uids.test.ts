import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const other = await api.otherEnvironment()
const create = async (fields: object = {}) =>
  (await api.post('app', { name: 'app', ...fields })).body
const taken = await create({ uid: 'taken', metadata: { a: 'b' } })
const named = await create({ uid: 'named' })
const nameless = await create()
const conflict = { status: 409, has: ['"code":"conflict"'] }
const body = { name: 'late', uid: 'taken' }

testCases(api, [
  { name: 'POST with a taken uid is refused', method: 'POST', path: 'app', body, ...conflict },
  {
    name: 'so is PUT on one with another uid',
    method: 'PUT',
    path: 'app/named',
    body,
    ...conflict,
  },
  { name: 'PUT on one without', method: 'PUT', path: `app/${nameless.id}`, body, ...conflict },
  { name: 'PUT on an unknown one', method: 'PUT', path: 'app/unknown', body, ...conflict },
  {
    name: 'and PATCH',
    method: 'PATCH',
    path: `app/${named.id}`,
    body: { uid: 'taken' },
    ...conflict,
  },
  {
    name: 'its own uid is no conflict for PATCH',
    method: 'PATCH',
    path: 'app/taken',
    body: { uid: 'taken' },
    status: 200,
  },
  {
    name: 'another environment may use the same uid',
    method: 'POST',
    path: 'app',
    body,
    token: other.token,
    status: 201,
  },
  {
    name: 'get_if_exists=false is no different from its absence',
    method: 'POST',
    path: 'app?get_if_exists=false',
    body,
    ...conflict,
  },
])

test('its own uid is no conflict for PUT', async () => {
  const { body: before } = await api.post('app', { name: 'own', uid: 'own' })
  const put = await api.put(`app/${before.id}`, { name: 'own', uid: 'own' })
  assert.deepEqual([put.status, put.body.id], [200, before.id])
})

test('with get_if_exists the existing one is answered unchanged', async () => {
  const late = { name: 'late', uid: 'taken', metadata: { c: 'd' } }
  const { status, body: found } = await api.post('app?get_if_exists=true', late)
  assert.equal(status, 200)
  const { updatedAt: _, ...rest } = found
  const { updatedAt: __, ...before } = taken
  assert.deepEqual(rest, before)
})

test('with get_if_exists and no uid, or a free one, it is created', async () => {
  assert.equal((await api.post('app?get_if_exists=true', { name: 'x' })).status, 201)
  assert.equal((await api.post('app?get_if_exists=true', { name: 'x', uid: 'free' })).status, 201)
})

for (const method of ['POST', 'PUT']) {
  test(`deleting frees the uid at once for ${method}`, async () => {
    const uid = `freed-${method}`
    const { id } = await create({ uid })
    await api.delete(`app/${id}`)
    const path = method === 'POST' ? 'app' : `app/${uid}`
    const again = await api.call({ method, path, body: { name: 'again', uid } })
    assert.equal(again.status, 201)
    assert.notEqual(again.body.id, id)
  })
}

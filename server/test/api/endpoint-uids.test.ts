import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const url = 'https://example.com/'
const [one, two] = await Promise.all(
  ['one', 'two'].map(async (name) => `app/${(await api.post('app', { name })).body.id}/endpoint`),
)
const create = (path: string, uid?: string) => api.post(path, { url, uid })

test('an endpoint is found only under its own application', async () => {
  const { body } = await create(one!, 'mine')
  for (const name of [body.id, 'mine']) {
    assert.equal((await api.get(`${one}/${name}`)).status, 200)
    assert.equal((await api.get(`${two}/${name}`)).status, 404)
  }
})

test('another application may use the same uid', async () => {
  assert.equal((await create(one!, 'both')).status, 201)
  assert.equal((await create(two!, 'both')).status, 201)
})

test('PUT and PATCH refuse the uid of another endpoint', async () => {
  await create(one!, 'first')
  const { id } = (await create(one!, 'second')).body
  assert.equal((await api.put(`${one}/${id}`, { url, uid: 'first' })).status, 409)
  assert.equal((await api.patch(`${one}/${id}`, { uid: 'first' })).status, 409)
  assert.equal((await api.get(`${one}/second`)).status, 200)
})

test('deleting frees the uid at once', async () => {
  const { id } = (await create(one!, 'freed')).body
  await api.delete(`${one}/${id}`)
  const again = await create(one!, 'freed')
  assert.equal(again.status, 201)
  assert.equal((await api.get(`${one}/freed`)).body.id, again.body.id)
})

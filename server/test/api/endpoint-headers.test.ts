import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const url = 'https://example.com/'

async function create(headers?: Record<string, string>) {
  const made = await api.post(`app/${app}/endpoint`, { url, headers })
  assert.equal(made.status, 201)
  const path = `app/${app}/endpoint/${made.body.id}/headers`
  return {
    put: async (given: object) => (await api.put(path, { headers: given })).status,
    patch: async (given: object, deleteHeaders?: string[]) =>
      (await api.patch(path, { headers: given, deleteHeaders })).status,
    get: async () => (await api.get(path)).body,
  }
}

test('a new endpoint has no headers', async () => {
  const { get } = await create()
  assert.deepEqual(await get(), { headers: {}, sensitive: [] })
})

test('headers given at creation are kept', async () => {
  const { get } = await create({ 'X-One': '1' })
  assert.deepEqual((await get()).headers, { 'X-One': '1' })
})

test('PUT replaces all, in the case they are given in', async () => {
  const { put, get } = await create({ 'X-One': '1', 'X-Two': '2' })
  assert.equal(await put({ 'X-tHREE': '3' }), 204)
  assert.deepEqual((await get()).headers, { 'X-tHREE': '3' })
  assert.equal(await put({}), 204)
  assert.deepEqual((await get()).headers, {})
})

test('PATCH merges, and null removes', async () => {
  const { patch, get } = await create({ 'X-One': '1', 'X-Two': '2' })
  assert.equal(await patch({ 'X-Two': null, 'X-Three': '3', 'X-Never': null }), 204)
  assert.deepEqual((await get()).headers, { 'X-One': '1', 'X-Three': '3' })
})

test('PATCH works when none were set', async () => {
  const { patch, get } = await create()
  assert.equal(await patch({ 'X-One': '1' }), 204)
  assert.deepEqual((await get()).headers, { 'X-One': '1' })
})

test('PATCH ignores case, and the newest spelling stays', async () => {
  const { patch, get } = await create({ 'X-One': '1', 'X-Two': '2' })
  await patch({ 'x-ONE': 'new', 'x-two': null })
  assert.deepEqual((await get()).headers, { 'x-ONE': 'new' })
})

test('deleteHeaders removes, whatever the case', async () => {
  const { patch, get } = await create({ 'X-One': '1', 'X-Two': '2' })
  assert.equal(await patch({}, ['x-one', 'X-Unknown']), 204)
  assert.deepEqual((await get()).headers, { 'X-Two': '2' })
})

const SENSITIVE = ['Authorization', 'X-Api-Key', 'x-auth-token', 'WWW-Authenticate']

for (const name of SENSITIVE) {
  test(`the value of ${name} is never returned`, async () => {
    const { put, patch, get } = await create({ [name]: 'hunter1', 'X-Shown': 'yes' })
    assert.deepEqual(await get(), { headers: { 'X-Shown': 'yes' }, sensitive: [name] })
    await put({ [name]: 'hunter2', 'X-Shown': 'yes' })
    assert.deepEqual(await get(), { headers: { 'X-Shown': 'yes' }, sensitive: [name] })
    await patch({ [name.toUpperCase()]: 'hunter3' })
    assert.deepEqual((await get()).sensitive, [name.toUpperCase()])
    await patch({ [name]: null })
    assert.deepEqual((await get()).sensitive, [])
  })
}

test('PUT and PATCH of the endpoint leave its headers alone', async () => {
  const made = (await api.post(`app/${app}/endpoint`, { url, headers: { 'X-One': '1' } })).body
  const path = `app/${app}/endpoint/${made.id}`
  await api.put(path, { url, headers: { 'X-Two': '2' } })
  await api.patch(path, { description: 'x', headers: { 'X-Two': '2' } })
  assert.deepEqual((await api.get(`${path}/headers`)).body.headers, { 'X-One': '1' })
})

test('names that plain objects inherit are plain names', async () => {
  const { put, get } = await create()
  assert.equal(await put({ constructor: 'a', toString: 'b' }), 204)
  assert.deepEqual((await get()).headers, { constructor: 'a', toString: 'b' })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCredentials } from '../../src/store/endpoints.ts'
import { seal } from '../seed.ts'
import { type Reply, startApi } from './api.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app' })).body.id
const path = `app/${app}/endpoint`

async function stored(id: string): Promise<string | null> {
  const rows = await api.store.db
    .selectFrom('endpoint')
    .select('credentials')
    .orderBy('id')
    .execute()
  return openCredentials(seal, id as `ep_${string}`, rows.at(-1)!.credentials)
}

function hides(reply: Reply, status: number) {
  assert.equal(reply.status, status, reply.text)
  assert.ok(!/hunter|alice/.test(reply.text), reply.text)
}

test('credentials are taken out of the URL, kept, and never shown', async () => {
  const created = await api.post(path, { url: 'https://alice:hunter2@example.com/x' })
  hides(created, 201)
  assert.equal(created.body['url'], 'https://example.com/x')
  const { id } = created.body
  hides(await api.get(`${path}/${id}`), 200)
  hides(await api.get(path), 200)
  assert.equal(await stored(id), 'alice:hunter2')

  hides(await api.patch(`${path}/${id}`, { description: 'kept' }), 200)
  assert.equal(await stored(id), 'alice:hunter2', 'they stay while the URL is not named')
  hides(await api.patch(`${path}/${id}`, { url: 'https://alice:hunter3@example.com/' }), 200)
  assert.equal(await stored(id), 'alice:hunter3')
  hides(await api.put(`${path}/${id}`, { url: 'https://example.com/' }), 200)
  assert.equal(await stored(id), null, 'they leave with the URL that held them')
})

test('percent-encoded credentials are decoded', async () => {
  const created = await api.post(path, { url: 'https://a%40b:p%C3%A4ss@example.com/' })
  assert.equal(await stored(created.body.id), 'a@b:päss')
})

for (const url of [
  'ftp://alice:hunter2@example.com/',
  'https://alice:hunter2@10.0.0.1/',
  'https://alice:hunter2@inside.example.com/',
  'https://alice:hunter2@example.com:22/',
  'https://alice:hunter2@',
  'https://alice:%ffhunter2@example.com/',
]) {
  test(`the refusal of ${url} does not repeat its credentials`, async () => {
    hides(await api.post(path, { url }), 422)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const list = async () => (await api.get('api-key')).body.data

test('a new key works, and its token is in this answer only', async () => {
  const { status, body } = await api.post('api-key', { name: 'new' })
  assert.equal(status, 201)
  const { token, ...rest } = body
  assert.match(body.id, /^key_[0-9A-Za-z]{27}$/)
  assert.equal((await api.call({ method: 'GET', path: 'app', token: String(token) })).status, 200)
  assert.deepEqual(
    (await list()).find(({ id }) => id === body.id),
    rest,
  )
  const { text } = await api.get('api-key')
  assert.ok(!text.includes(String(token)) && !text.includes(api.token))
})

test('a revoked key is refused, and stays in the list', async () => {
  const { id, token } = (await api.post('api-key', { name: 'revoked' })).body
  assert.equal((await api.delete(`api-key/${id}`)).status, 204)
  assert.equal((await api.call({ method: 'GET', path: 'app', token: String(token) })).status, 401)
  const revokedAt = async () => (await list()).find((key) => key.id === id)?.['revokedAt']
  const first = await revokedAt()
  assert.ok(first)
  assert.equal((await api.delete(`api-key/${id}`)).status, 204)
  assert.equal(await revokedAt(), first, 'revoking twice keeps the first date')
})

test('a key may expire', async () => {
  const expiresAt = new Date(Date.now() + 3600_000).toISOString()
  const { body } = await api.post('api-key', { name: 'short', expiresAt })
  assert.equal(body['expiresAt'], expiresAt)
  const past = await api.post('api-key', { name: 'past', expiresAt: '2026-01-31T12:00:00+02:00' })
  assert.equal(past.body['expiresAt'], '2026-01-31T10:00:00.000Z')
  const reply = await api.call({ method: 'GET', path: 'app', token: String(past.body['token']) })
  assert.equal(reply.status, 401)
})

const post = { method: 'POST', path: 'api-key' }

testCases(api, [
  { name: 'a key must have a name', ...post, body: {}, status: 422, loc: ['body', 'name'] },
  { name: 'it may not be empty', ...post, body: { name: '' }, status: 422, loc: ['body', 'name'] },
  {
    name: 'a date must be one',
    ...post,
    body: { name: 'x', expiresAt: 'soon' },
    status: 422,
    loc: ['body', 'expiresAt'],
  },
  {
    name: 'an unknown key is not found',
    method: 'DELETE',
    path: `api-key/${newId('apiKey')}`,
    status: 404,
  },
  { name: 'a malformed key is not found', method: 'DELETE', path: 'api-key/x', status: 404 },
])

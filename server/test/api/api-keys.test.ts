import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../src/domain/ids.ts'
import { revokeApiKey } from '../../src/store/api-keys.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const keys = `management/authentication/${api.environmentId}/api-token`
const create = async (body: object) => (await api.post(keys, { name: 'key', ...body })).body
const ask = (token: unknown, path = 'app') =>
  api.call({ method: 'GET', path, token: String(token) })

test('a new key works, and its token is in this answer only', async () => {
  const { token, ...made } = await create({ name: 'new' })
  assert.match(made.id, /^key_[0-9A-Za-z]{27}$/)
  assert.match(String(token), /^bwk_/)
  assert.deepEqual(made['scopes'], ['full'])
  assert.equal((await ask(token)).status, 200)
  const { text, body } = await api.get(keys)
  const listed = body.data.find(({ id }) => id === made.id)
  assert.deepEqual(listed, { ...made, censoredToken: `…${String(token).slice(-4)}` })
  assert.ok(!text.includes(String(token)) && !text.includes(api.token))
  assert.deepEqual((await api.get(`${keys}/${made.id}`)).body, listed)
})

test('a key that was used is refused at once where it was expired, and stays in the list', async () => {
  const { id, token } = await create({})
  assert.equal((await ask(token)).status, 200)
  assert.equal((await api.post(`${keys}/${id}/expire`)).status, 204)
  assert.equal((await ask(token)).status, 401)
  const first = (await api.get(`${keys}/${id}`)).body['expiresAt']
  assert.ok(first)
  assert.equal((await api.post(`${keys}/${id}/expire`, { expiry: 3600 })).status, 204)
  assert.equal((await api.get(`${keys}/${id}`)).body['expiresAt'], first, 'it never lives longer')
})

test('a key may go on for a while', async () => {
  const { id, token } = await create({})
  await api.post(`${keys}/${id}/expire`, { expiry: 3600 })
  assert.equal((await ask(token)).status, 200)
  const ends = Date.parse(String((await api.get(`${keys}/${id}`)).body['expiresAt']))
  assert.ok(Math.abs(ends - Date.now() - 3600_000) < 60_000)
})

test('a revoked key is shown as expired', async () => {
  const { id } = await create({})
  await revokeApiKey(api.store.db, api.environmentId, id as `key_${string}`)
  assert.ok((await api.get(`${keys}/${id}`)).body['expiresAt'])
})

test('a key may be born with an end', async () => {
  const expiresAt = new Date(Date.now() + 3600_000).toISOString()
  assert.equal((await create({ expiresAt }))['expiresAt'], expiresAt)
  const past = await create({ expiresAt: '2026-01-31T12:00:00+02:00' })
  assert.equal(past['expiresAt'], '2026-01-31T10:00:00.000Z')
  assert.equal((await ask(past['token'])).status, 401)
})

test('a key is renamed, and another scope counts at once', async () => {
  const { id, token } = await create({})
  assert.equal((await ask(token)).status, 200)
  const renamed = (await api.put(`${keys}/${id}`, { name: 'renamed' })).body
  assert.deepEqual([renamed['name'], renamed['scopes']], ['renamed', ['full']])
  const patched = (await api.patch(`${keys}/${id}`, { scopes: ['send-only'] })).body
  assert.deepEqual([patched['name'], patched['scopes']], ['renamed', ['send-only']])
  assert.equal((await ask(token)).status, 403)
  assert.deepEqual(
    (await api.patch(`${keys}/${id}`)).body,
    patched,
    'nothing given, nothing changed',
  )
})

test('a key that is not full makes and changes none', async () => {
  for (const scope of ['send-only', 'read-only'] as const) {
    const made = await create({ scopes: [scope] })
    const token = String(made['token'])
    for (const [method, path] of [
      ['POST', keys],
      ['PATCH', `${keys}/${made.id}`],
    ] as const) {
      const body = { name: 'more', scopes: ['full'] }
      assert.equal((await api.call({ method, path, body, token })).status, 403)
    }
  }
})

test('the list pages', async () => {
  const first = (await api.get(`${keys}?limit=1`)).body
  const second = (await api.get(`${keys}?limit=1&iterator=${first.iterator}`)).body
  assert.deepEqual([first.data.length, first.done, second.data.length], [1, false, 1])
  assert.ok(second.data[0]!.id > first.data[0]!.id)
})

const post = { method: 'POST', path: keys, status: 422 }
const one = `${keys}/${newId('apiKey')}`

testCases(api, [
  { name: 'a key must have a name', ...post, body: {}, loc: ['body', 'name'] },
  { name: 'it may not be empty', ...post, body: { name: '' }, loc: ['body', 'name'] },
  {
    name: 'a date must be one',
    ...post,
    body: { name: 'x', expiresAt: 'soon' },
    loc: ['body', 'expiresAt'],
  },
  {
    name: 'a scope must be one',
    ...post,
    body: { name: 'x', scopes: [] },
    loc: ['body', 'scopes'],
  },
  { name: 'an unknown key is not found', method: 'GET', path: one, status: 404 },
  { name: 'a malformed key is not found', method: 'GET', path: `${keys}/x`, status: 404 },
  {
    name: 'another environment is not found',
    method: 'GET',
    path: keys.replace(api.environmentId, newId('environment')),
    status: 404,
  },
])

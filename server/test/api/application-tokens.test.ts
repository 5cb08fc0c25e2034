// What the holder of an application token sees and does, and how it ends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthenticator } from '../../src/api/access.ts'
import type { Capability } from '../../src/domain/access.ts'
import { findCaller } from '../../src/store/callers.ts'
import { startApi } from './api.ts'

const api = await startApi()
const { id } = (await api.post('app', { name: 'mine' })).body
const { id: other } = (await api.post('app', { name: 'other' })).body
const url = 'https://example.com/'
const endpoint = (await api.post(`app/${id}/endpoint`, { url })).body.id
const as = (token: string) => (method: string, path: string, body?: unknown) =>
  api.call({ method, path, body, token })
const statusOf = async (token: string, path = `app/${id}`) => (await as(token)('GET', path)).status

test('its own application is there, another is not, and applications are not for it', async () => {
  const ask = as(await api.tokenOf(id))
  assert.equal((await ask('GET', `app/${id}`)).status, 200)
  assert.equal((await ask('GET', `app/${other}`)).status, 404)
  for (const [method, path, body] of [
    ['POST', 'app', { name: 'x' }],
    ['PUT', `app/${id}`, { name: 'x' }],
    ['DELETE', `app/${id}`, undefined],
    ['GET', 'app', undefined],
    ['POST', `app/${id}/msg`, { eventType: 'a', payload: {} }],
    ['POST', `auth/app-portal-access/${id}`, {}],
  ] as const) {
    const { status, body: refused } = await ask(method, path, body)
    assert.deepEqual([status, refused.code], [403, 'insufficient access'], `${method} ${path}`)
  }
})

test('event types with a flag are there for those who have it', async () => {
  const type = (name: string, more: object = {}) =>
    api.post('event-type', { name, description: '', ...more })
  await type('open')
  await type('open.too', { featureFlags: [] })
  await type('one', { featureFlag: 'alpha' })
  await type('two', { featureFlags: ['beta', 'gamma'] })
  const everyone = ['open', 'open.too']
  for (const [flags, seen] of [
    [[], everyone],
    [['alpha'], [...everyone, 'one']],
    [
      ['gamma', 'other'],
      [...everyone, 'two'],
    ],
  ] as const) {
    const ask = as(await api.tokenOf(id, { featureFlags: flags }))
    const { body } = await ask('GET', 'event-type')
    const listed = body.data.map((item) => item['name'])
    assert.deepEqual(new Set(listed), new Set(seen))
    for (const name of ['open', 'open.too', 'one', 'two']) {
      const there = (seen as readonly string[]).includes(name)
      assert.equal((await ask('GET', `event-type/${name}`)).status, there ? 200 : 404)
      const made = await ask('POST', `app/${id}/endpoint`, { url, eventTypes: [name] })
      assert.equal(made.status, there ? 201 : 422, name)
      const changed = await ask('PATCH', `app/${id}/endpoint/${endpoint}`, { eventTypes: [name] })
      assert.equal(changed.status, there ? 200 : 422, name)
    }
  }
  assert.equal((await api.get('event-type')).body.data.length, 4, 'a key sees all')
})

type Operation = readonly [method: string, path: string]
const SECRET: Operation = ['GET', `app/${id}/endpoint/${endpoint}/secret`]
const ROTATE: Operation = ['POST', `app/${id}/endpoint/${endpoint}/secret/rotate`]
const CHANGE: Operation = ['PATCH', `app/${id}/endpoint/${endpoint}`]
const CAN: [Capability, Operation[]][] = [
  ['ViewBase', []],
  ['ViewEndpointSecret', [SECRET]],
  ['ManageEndpointSecret', [SECRET, ROTATE]],
  ['ManageTransformations', []],
  ['CreateAttempts', []],
  ['ManageEndpoint', [SECRET, ROTATE, CHANGE]],
]
for (const [capability, allowed] of CAN) {
  test(`${capability} allows ${allowed.length} of three`, async () => {
    const ask = as(await api.tokenOf(id, { capabilities: [capability] }))
    for (const operation of [SECRET, ROTATE, CHANGE]) {
      const { status, text } = await ask(...operation)
      assert.equal(status < 300, allowed.includes(operation), `${operation}: ${text}`)
      if (status >= 300) assert.equal(status, 403)
    }
  })
}

test('after its logout a token is dead, and no other one', async () => {
  const [token, second] = [await api.tokenOf(id), await api.tokenOf(id)]
  assert.deepEqual([await statusOf(token), await statusOf(second)], [200, 200])
  assert.equal((await as(token)('POST', 'auth/logout')).status, 204)
  assert.deepEqual([await statusOf(token), await statusOf(second)], [401, 200])
  assert.equal((await as(token)('POST', 'auth/logout')).status, 401)
})

test('expire-all ends the tokens of one application', async () => {
  const [token, foreign] = [await api.tokenOf(id), await api.tokenOf(other)]
  assert.equal(await statusOf(token), 200)
  assert.equal((await api.post(`auth/app/${id}/expire-all`)).status, 204)
  assert.equal(await statusOf(token), 401)
  assert.equal(await statusOf(foreign, `app/${other}`), 200)
  assert.equal(await statusOf(await api.tokenOf(id)), 200, 'a new one works')
})

test('expire-all of sessions ends theirs only', async () => {
  const one = await api.tokenOf(id, { sessionId: 'one' })
  const two = await api.tokenOf(id, { sessionId: 'two' })
  const none = await api.tokenOf(id)
  await api.post(`auth/app/${id}/expire-all`, { sessionIds: ['one', 'unknown'] })
  assert.deepEqual(
    [await statusOf(one), await statusOf(two), await statusOf(none)],
    [401, 200, 200],
  )
  await api.post(`auth/app/${id}/expire-all`, { sessionIds: [] })
  assert.equal(await statusOf(two), 401, 'no session named means all')
})

test('expire-all in a while lets them work until then, and none live longer', async () => {
  const token = await api.tokenOf(id, { sessionId: 'while', expiry: 3600 })
  const ends = async () => {
    const { rows } = await api.store.pool.query<{ at: Date }>(
      `select expires_at as at from application_token where session_id = 'while'`,
    )
    return rows[0]!.at.getTime()
  }
  const before = await ends()
  await api.post(`auth/app/${id}/expire-all`, { expiry: 259_200 })
  assert.equal(await ends(), before)
  await api.post(`auth/app/${id}/expire-all`, { expiry: 60 })
  assert.ok((await ends()) < before)
  assert.equal(await statusOf(token), 200)
})

test('another process refuses a token that has ended within a second', async (t) => {
  const elsewhere = createAuthenticator((token) => findCaller(api.store.db, token))
  const token = await api.tokenOf(id)
  const ask = () => elsewhere.authenticate(`Bearer ${token}`, '127.0.0.1')
  await ask()
  await api.post(`auth/app/${id}/expire-all`)
  const ended = performance.now()
  t.mock.method(performance, 'now', () => ended + 1_000)
  await assert.rejects(ask(), { code: 'authentication_failed' })
})

test('while it is remembered a token is not looked up again', async () => {
  let lookups = 0
  const { authenticate } = createAuthenticator((token) => {
    lookups++
    return findCaller(api.store.db, token)
  })
  const token = await api.tokenOf(id)
  await Promise.all(Array.from({ length: 50 }, () => authenticate(`Bearer ${token}`, '127.0.0.1')))
  assert.equal(lookups, 1)
})

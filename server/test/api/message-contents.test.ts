import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const sibling = `app/${(await api.post('app', { name: 'sibling' })).body.id}`
const send = async (fields: object = {}, at = app) =>
  (await api.post(`${at}/msg`, { eventType: 'a', payload: { n: 1 }, ...fields })).body.id
const payload = async (id: string, at = app) => (await api.get(`${at}/msg/${id}`)).body['payload']

const url = 'https://example.com'
await api.post('event-type', { name: 'known', description: '' })
const filters = { url, eventTypes: ['known'], channels: ['news', 'x'] }
const endpoint = (await api.post(`${sibling}/endpoint`, filters)).body.id

test('raw gives the exact text, also of what is no object', async () => {
  const text = '{ "z":1.0,\n"a":12345678901234567890}'
  const { body } = await api.post(`${app}/msg`, `{"eventType":"a","payload":${text}}`)
  assert.equal((await api.get(`${app}/msg/${body.id}/raw`)).body['payload'], text)
  await send({ eventId: 'xml', transformationsParams: { rawPayload: '<a>é</a>' } })
  assert.equal((await api.get(`${app}/msg/xml/raw`)).body['payload'], '<a>é</a>')
})

test('raw of an erased payload is not found', async () => {
  const id = await send()
  await api.delete(`${app}/msg/${id}/content`)
  assert.equal((await api.get(`${app}/msg/${id}/raw`)).status, 404)
})

test('bulk-expunge erases by id and by eventId, and only in its application', async () => {
  const [one, kept] = [await send(), await send()]
  const named = await send({ eventId: '__proto__' })
  const foreign = await send({ eventId: 'theirs' }, sibling)
  const ids = [one, '__proto__', foreign, 'theirs', 'nobody']
  const { status, text } = await api.post(`${app}/msg/bulk-expunge`, { ids })
  assert.equal(status, 200)
  assert.equal(
    text,
    `{"results":{"${one}":"expunged","__proto__":"expunged","${foreign}":"not-found","theirs":"not-found","nobody":"not-found"}}`,
  )
  for (const id of [one, named]) assert.deepEqual(await payload(id), { expired: true })
  assert.deepEqual(await payload(kept), { n: 1 })
  assert.deepEqual(await payload(foreign, sibling), { n: 1 })
  const again = await api.post(`${app}/msg/bulk-expunge`, { ids: [one, one] })
  assert.deepEqual(again.body['results'], { [one]: 'expunged' })
})

test('a message may have the eventId bulk-expunge', async () => {
  const id = await send({ eventId: 'bulk-expunge' })
  assert.equal((await api.get(`${app}/msg/bulk-expunge`)).body.id, id)
})

const bulk = { method: 'POST', path: `${app}/msg/bulk-expunge` }
testCases(api, [
  { name: 'no ids is nothing to do', ...bulk, body: {}, status: 200, has: ['"results":{}'] },
  { name: 'what is no name is refused', ...bulk, body: { ids: ['a b'] }, status: 422 },
  {
    name: 'too many ids are refused',
    ...bulk,
    body: { ids: Array.from({ length: 10_001 }, () => 'a') },
    status: 422,
    loc: ['body', 'ids'],
  },
])

const precheck = async (body: object) =>
  (await api.post(`${sibling}/msg/precheck/active`, body)).body['active']

test('precheck says whether any endpoint would get it', async () => {
  const known = { eventType: 'known', channels: ['x'] }
  assert.equal(await precheck(known), true)
  assert.equal(await precheck({ eventType: 'known', channels: ['other'] }), false)
  assert.equal(await precheck({ eventType: 'known' }), false)
  assert.equal(await precheck({ eventType: 'other', channels: ['x'] }), false)
  await api.patch(`${sibling}/endpoint/${endpoint}`, { channels: null })
  assert.equal(await precheck({ eventType: 'known' }), true)
  await api.patch(`${sibling}/endpoint/${endpoint}`, { disabled: true })
  assert.equal(await precheck(known), false)
})

// Endpoints: their fields, their uids, and what is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never } from '../until.ts'
import { ids, startBehaving } from './behaving.ts'

const { get, post, put, patch, remove, newApp, receiving, pending } = await startBehaving()
const url = 'https://example.com/'
/** Without what is null: two fields are shown only while they say something. */
const set = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
for (const name of ['twenty.one', 'twenty.two'])
  await post('/event-type', { name, description: '' })

test('20 with a url alone the other fields have their defaults', async () => {
  const { status, body } = await post(`${await newApp()}/endpoint`, { url })
  assert.equal(status, 201)
  const { disabled, eventTypes, channels, uid, throttleRate, description, version } = body
  assert.deepEqual(
    { disabled, eventTypes, channels, uid, throttleRate, description, version },
    {
      disabled: false,
      eventTypes: null,
      channels: null,
      uid: null,
      throttleRate: null,
      description: '',
      version: 1,
    },
  )
})

test('21 a URL without a path gets one, and its host is in lower case', async () => {
  const app = await newApp()
  for (const [given, shown] of [
    ['http://example.com', 'http://example.com/'],
    ['https://EXAMPLE.com/Path', 'https://example.com/Path'],
  ]) {
    const { body } = await post(`${app}/endpoint`, { url: given })
    assert.equal(body['url'], shown)
    assert.equal((await get(`${app}/endpoint/${body.id}`)).body['url'], shown)
  }
})

test('22 an endpoint is found under its own application only', async () => {
  const [mine, other] = [await newApp(), await newApp()]
  const { body } = await post(`${mine}/endpoint`, { url, uid: 'found' })
  for (const name of [body.id, 'found']) {
    assert.equal((await get(`${mine}/endpoint/${name}`)).status, 200)
    assert.equal((await get(`${other}/endpoint/${name}`)).status, 404)
  }
})

test('23 PATCH of one field changes nothing else, and null clears', async () => {
  const app = await newApp()
  const types = ['twenty.one']
  let { body: shown } = await post(`${app}/endpoint`, {
    url,
    description: 'given',
    uid: 'patched',
    throttleRate: 3,
    eventTypes: types,
    channels: ['a'],
    metadata: { a: 'b' },
  })
  const both = (eventTypes: string[] | null) => ({ eventTypes, filterTypes: eventTypes })
  for (const [change, effect] of [
    [{ description: 'changed' }],
    [{ url: 'https://example.com/changed' }],
    [{ disabled: true }, { disabled: true, disabledReason: 'manual' }],
    [{ disabled: false }, { disabled: false, disabledReason: null }],
    [{ throttleRate: 4 }, { throttleRate: 4, rateLimit: 4 }],
    [{ uid: 'changed' }],
    [{ version: 2 }],
    [{ eventTypes: ['twenty.two'] }, both(['twenty.two'])],
    [{ filterTypes: types }, both(types)],
    [{ channels: ['b'] }],
    [{ throttleRate: null }, { throttleRate: null, rateLimit: null }],
    [{ uid: null }],
    [{ eventTypes: null }, both(null)],
    [{ channels: null }],
  ] as [object, object?][]) {
    const { status, body } = await patch(`${app}/endpoint/${shown.id}`, change)
    assert.equal(status, 200, JSON.stringify(change))
    const expected = { ...shown, ...(effect ?? change), updatedAt: body['updatedAt'] }
    assert.deepEqual(set(body), set(expected), JSON.stringify(change))
    assert.deepEqual((await get(`${app}/endpoint/${shown.id}`)).body, body)
    shown = body
  }
})

test('24 no event type is 422, an unknown one too; once it exists it is 201', async () => {
  const app = await newApp()
  const create = async (eventTypes: string[]) =>
    (await post(`${app}/endpoint`, { url, eventTypes })).status
  assert.deepEqual([await create([]), await create(['twenty.four'])], [422, 422])
  await post('/event-type', { name: 'twenty.four', description: '' })
  assert.equal(await create(['twenty.four']), 201)
})

test('25 no channel is 422; PUT without channels, eventTypes or throttleRate clears them', async () => {
  const app = await newApp()
  assert.equal((await post(`${app}/endpoint`, { url, channels: [] })).status, 422)
  const fields = { url, channels: ['a'], eventTypes: ['twenty.one'], throttleRate: 5 }
  const { body } = await post(`${app}/endpoint`, fields)
  const replaced = await put(`${app}/endpoint/${body.id}`, { url })
  const { channels, eventTypes, throttleRate } = replaced.body
  assert.deepEqual([channels, eventTypes, throttleRate], [null, null, null])
})

test('26 metadata is returned, and {} empties it', async () => {
  const app = await newApp()
  const { body } = await post(`${app}/endpoint`, { url, metadata: { a: 'b' } })
  assert.deepEqual(body['metadata'], { a: 'b' })
  const path = `${app}/endpoint/${body.id}`
  assert.deepEqual((await get(path)).body['metadata'], { a: 'b' })
  assert.deepEqual((await patch(path, { metadata: {} })).body['metadata'], {})
  assert.deepEqual((await get(path)).body['metadata'], {})
})

test('27 a uid is taken within its application until it is deleted, and nowhere else', async () => {
  const app = await newApp()
  const fields = { url, uid: 'taken' }
  const { body } = await post(`${app}/endpoint`, fields)
  const { body: other } = await post(`${app}/endpoint`, { url })
  assert.equal((await post(`${app}/endpoint`, fields)).status, 409)
  assert.equal((await put(`${app}/endpoint/${other.id}`, fields)).status, 409)
  assert.equal((await put(`${app}/endpoint/${body.id}`, fields)).status, 200)
  assert.equal((await post(`${await newApp()}/endpoint`, fields)).status, 201)
  assert.equal((await remove(`${app}/endpoint/taken`)).status, 204)
  assert.equal((await post(`${app}/endpoint`, fields)).status, 201)
})

test('28 after deletion it is 404, and a message is taken but not sent there', async () => {
  const { app, endpoint, receiver } = await receiving()
  assert.equal((await remove(endpoint)).status, 204)
  assert.equal((await get(endpoint)).status, 404)
  assert.deepEqual(ids((await get(`${app}/endpoint`)).body.data), [])
  assert.equal((await post(`${app}/msg`, { eventType: 'a.b', payload: {} })).status, 202)
  assert.equal(await pending(), 0)
  await never('a request', () => receiver.received.length > 0, 200)
})

test('29 a URL that is neither http nor https is 422', async () => {
  const app = await newApp()
  for (const given of ['ftp://example.com/', 'file:///etc/passwd', 'example.com', 'mailto:a@b.c']) {
    const { status, body } = await post(`${app}/endpoint`, { url: given })
    assert.equal(status, 422, given)
    assert.ok(Array.isArray(body.detail))
    assert.deepEqual(body.detail[0]!.loc, ['body', 'url'])
  }
})

test('29 with the HTTPS-only setting an http URL is 422, and an https one 201', async () => {
  const settings = '/management/environment-settings'
  const app = await newApp()
  const create = (given: string) => post(`${app}/endpoint`, { url: given })
  assert.equal((await create('http://example.com/')).status, 201)
  assert.equal((await patch(settings, { enforceHttps: true })).status, 200)
  const { status, body } = await create('http://example.com/')
  assert.ok(status === 422 && Array.isArray(body.detail))
  assert.deepEqual(body.detail[0]!.loc, ['body', 'url'])
  assert.equal((await create(url)).status, 201)
  assert.equal((await put(settings, {})).status, 200)
  assert.equal((await create('http://example.com/')).status, 201)
})

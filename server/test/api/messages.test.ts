import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = (await api.post('app', { name: 'app', uid: 'customer' })).body.id
const path = `app/${app}/msg`
const other = `app/${(await api.post('app', { name: 'other' })).body.id}/msg`
const minimal = { eventType: 'user.created', payload: { a: 1 } }
const create = async (fields: object = {}) => (await api.post(path, { ...minimal, ...fields })).body

test('a message is answered whole, and found by id and by eventId', async () => {
  const { status, body } = await api.post(path, {
    ...minimal,
    eventId: 'e-1',
    channels: ['c'],
    tags: ['t'],
  })
  assert.equal(status, 202)
  assert.match(body.id, /^msg_[0-9A-Za-z]{27}$/)
  const { id, timestamp, ...rest } = body
  assert.ok(timestamp)
  assert.deepEqual(rest, {
    ...minimal,
    eventId: 'e-1',
    channels: ['c'],
    tags: ['t'],
    deliverAt: null,
  })
  assert.deepEqual((await api.get(`${path}/${id}`)).body, body)
  assert.deepEqual((await api.get(`${path}/e-1`)).body, body)
  assert.deepEqual(
    (await api.get(path)).body.data.find((one) => one.id === id),
    body,
  )
})

test('what is not given is null', async () => {
  const { eventId, channels, tags } = await create()
  assert.deepEqual([eventId, channels, tags], [null, null, null])
})

test('its application is found by uid too', async () => {
  assert.equal((await api.post('app/customer/msg', minimal)).status, 202)
  assert.equal((await api.get('app/customer/msg?limit=1')).body.data.length, 1)
})

test('data is the older name of payload', async () => {
  const { body } = await api.post(path, { eventType: 'x', data: { old: true } })
  assert.deepEqual(body['payload'], { old: true })
})

test('with_content=false leaves the payload out, and it is stored all the same', async () => {
  const { status, body } = await api.post(`${path}?with_content=false`, minimal)
  assert.equal(status, 202)
  assert.deepEqual(body['payload'], {})
  assert.deepEqual((await api.get(`${path}/${body.id}?with_content=false`)).body['payload'], {})
  const { data } = (await api.get(`${path}?with_content=false`)).body
  assert.ok(data.every((one) => JSON.stringify(one['payload']) === '{}'))
  assert.deepEqual((await api.get(`${path}/${body.id}`)).body['payload'], minimal.payload)
})

test('an eventId is taken for ever in its application, and only there', async () => {
  const { id } = await create({ eventId: 'once' })
  const again = await api.post(path, { ...minimal, eventId: 'once' })
  assert.deepEqual([again.status, again.body.code], [409, 'conflict'])
  await api.delete(`${path}/${id}/content`)
  assert.equal((await api.post(path, { ...minimal, eventId: 'once' })).status, 409)
  assert.equal((await api.post(other, { ...minimal, eventId: 'once' })).status, 202)
})

test('of two at the same time with one eventId, one is accepted', async () => {
  const both = await Promise.all([1, 2].map(() => api.post(path, { ...minimal, eventId: 'race' })))
  assert.deepEqual(both.map(({ status }) => status).sort(), [202, 409])
})

test('after expunging, the payload is {"expired":true}', async () => {
  const { id } = await create({ eventId: 'expunged' })
  assert.equal((await api.delete(`${path}/expunged/content`)).status, 204)
  assert.deepEqual((await api.get(`${path}/${id}`)).body['payload'], { expired: true })
  assert.equal((await api.delete(`${path}/${id}/content`)).status, 204)
})

test('an expired payload is gone from its hour on', async () => {
  const { id } = await create({ eventId: 'expired', payloadRetentionHours: 1 })
  assert.deepEqual((await api.get(`${path}/${id}`)).body['payload'], minimal.payload)
  await api.store.pool.query(
    "update message set payload_expires_at = now() where event_id = 'expired'",
  )
  for (const shown of [
    (await api.get(`${path}/${id}`)).body,
    (await api.get(path)).body.data[0]!,
  ]) {
    assert.deepEqual([shown.id, shown['payload']], [id, { expired: true }])
  }
})

const post = { method: 'POST', path }
const say = (fields: object) => ({ ...post, body: { ...minimal, ...fields } })
const many = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`)

const REFUSED: [string, object, string[]][] = [
  ['a payload that is text', { payload: 'x' }, ['payload']],
  ['a payload that is a list', { payload: [] }, ['payload']],
  ['a payload that is null', { payload: null }, ['payload']],
  ['a payload that is a number', { payload: 1 }, ['payload']],
  ['no payload', { payload: undefined }, ['payload']],
  ['an event type with a space', { eventType: 'a b' }, ['eventType']],
  ['an event type with a line break at its end', { eventType: 'a\n' }, ['eventType']],
  ['an empty event type', { eventType: '' }, ['eventType']],
  ['an event type of 257 characters', { eventType: 'e'.repeat(257) }, ['eventType']],
  ['no event type', { eventType: undefined }, ['eventType']],
  ['an eventId with a space', { eventId: 'a b' }, ['eventId']],
  ['no channels at all', { channels: [] }, ['channels']],
  ['eleven channels', { channels: many(11) }, ['channels']],
  ['a channel with a slash', { channels: ['a/b'] }, ['channels', '[0]']],
  ['six tags', { tags: many(6) }, ['tags']],
  ['a tag with a space', { tags: ['a b'] }, ['tags', '[0]']],
  ['a tag of 129 characters', { tags: ['t'.repeat(129)] }, ['tags', '[0]']],
  ['0 days of retention', { payloadRetentionPeriod: 0 }, ['payloadRetentionPeriod']],
  ['91 days of retention', { payloadRetentionPeriod: 91 }, ['payloadRetentionPeriod']],
  ['0 hours of retention', { payloadRetentionHours: 0 }, ['payloadRetentionHours']],
  ['2161 hours of retention', { payloadRetentionHours: 2161 }, ['payloadRetentionHours']],
]

testCases(api, [
  ...REFUSED.map(([what, fields, at]) => ({
    name: `${what} is refused`,
    ...say(fields),
    status: 422,
    loc: ['body', ...at],
  })),
  { name: 'an event type need not be registered', ...say({ eventType: 'aZ09-_.' }), status: 202 },
  { name: 'ten channels are taken', ...say({ channels: many(10) }), status: 202 },
  { name: 'channels may be null', ...say({ channels: null }), status: 202 },
  { name: 'a tag may have all allowed signs', ...say({ tags: ['aZ09-_./\\#'] }), status: 202 },
  { name: 'a retention of a day is taken', ...say({ payloadRetentionPeriod: 1 }), status: 202 },
  { name: 'a retention of 90 days too', ...say({ payloadRetentionPeriod: 90 }), status: 202 },
  { name: 'a retention may be null', ...say({ payloadRetentionPeriod: null }), status: 202 },
  {
    name: 'a retention of 2160 hours is taken',
    ...say({ payloadRetentionHours: 2160 }),
    status: 202,
  },
  { name: 'an unknown message is not found', method: 'GET', path: `${path}/unknown`, status: 404 },
  { name: 'nor is its content', method: 'DELETE', path: `${path}/unknown/content`, status: 404 },
  {
    name: 'an unknown application gets its own words',
    ...say({}),
    path: 'app/unknown/msg',
    status: 404,
    has: ['"detail":"Application not found"'],
  },
])

// Messages, and who gets them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'
import { ids, startBehaving } from './behaving.ts'

const { get, post, remove, newApp, receiving, allOver } = await startBehaving()
const message = { eventType: 'a.b', payload: { n: 1 } }

test('44 creating is 202; GET by id and eventId gives the same, lists hold it, by channel too', async () => {
  const app = await newApp()
  const fields = { ...message, eventId: 'forty-four', channels: ['news', 'x'] }
  const { status, body } = await post(`${app}/msg`, fields)
  assert.equal(status, 202)
  for (const name of [body.id, 'forty-four']) {
    assert.deepEqual((await get(`${app}/msg/${name}`)).body, body)
  }
  const other = await post(`${app}/msg`, { ...message, channels: ['other'] })
  assert.deepEqual((await get(`${app}/msg`)).body.data, [other.body, body])
  assert.deepEqual((await get(`${app}/msg?channel=news`)).body.data, [body])
})

test('45 with_content=false shows {} on create, GET and list, and the payload is stored', async () => {
  const app = await newApp()
  const { body } = await post(`${app}/msg?with_content=false`, message)
  const one = (await get(`${app}/msg/${body.id}?with_content=false`)).body
  const [listed] = (await get(`${app}/msg?with_content=false`)).body.data
  for (const shown of [body, one, listed!]) assert.deepEqual(shown['payload'], {})
  assert.deepEqual((await get(`${app}/msg/${body.id}`)).body['payload'], { n: 1 })
  assert.deepEqual((await get(`${app}/msg`)).body.data[0]!['payload'], { n: 1 })
})

test('46 an eventId that was used is 409', async () => {
  const app = await newApp()
  const fields = { ...message, eventId: 'forty-six' }
  assert.equal((await post(`${app}/msg`, fields)).status, 202)
  const refused = await post(`${app}/msg`, { ...fields, payload: { n: 2 } })
  assert.deepEqual([refused.status, refused.body.code], [409, 'conflict'])
  assert.equal((await get(`${app}/msg`)).body.data.length, 1)
})

test('47 after expunging the payload is {"expired":true}', async () => {
  const app = await newApp()
  const { body } = await post(`${app}/msg`, message)
  const answer = await remove(`${app}/msg/${body.id}/content`)
  assert.deepEqual([answer.status, answer.text], [204, ''])
  assert.deepEqual((await get(`${app}/msg/${body.id}`)).body['payload'], { expired: true })
})

test('48 a body of 8 MB is 413', async () => {
  const app = await newApp()
  const payload = { text: 'x'.repeat(8 * 1024 * 1024) }
  const { status, body } = await post(`${app}/msg`, { ...message, payload })
  assert.deepEqual([status, body.code], [413, 'payload_too_large'])
})

test('49 a payload that is no object, a space in a type and a bad eventId are 422', async () => {
  const app = await newApp()
  for (const fields of [
    { payload: 'text' },
    { payload: ['array'] },
    { eventType: 'a b' },
    { eventId: 'a$b' },
  ]) {
    const { status, body } = await post(`${app}/msg`, { ...message, ...fields })
    assert.equal(status, 422, JSON.stringify(fields))
    assert.ok(Array.isArray(body.detail))
    assert.deepEqual(body.detail[0]!.loc, ['body', Object.keys(fields)[0]])
  }
  assert.deepEqual((await get(`${app}/msg`)).body.data, [])
})

test('50 a raw payload arrives byte for byte instead of the payload', async () => {
  const { receiver, send } = await receiving()
  for (const rawPayload of ['{ "z":1.0,\n"a":  1e400}', 'no JSON at all: é\u0007']) {
    const sent = receiver.received.length
    await send({ payload: { not: 'this' }, transformationsParams: { rawPayload } })
    await until('it arrives', () => receiver.received.length === sent + 1)
    assert.equal(receiver.received.at(-1)!.body.toString(), rawPayload)
  }
})

test('51 an unknown application is 404 unless the message brings it along, under the uid of the path', async () => {
  const path = '/app/fifty-one'
  const missing = await post(`${path}/msg`, message)
  assert.deepEqual([missing.status, missing.body.detail], [404, 'Application not found'])
  for (const [application, type] of [
    [{ name: 'x' }, 'application_uid_missing'],
    [{ name: 'x', uid: 'other' }, 'application_uid_mismatch'],
  ] as const) {
    const { status, body } = await post(`${path}/msg`, { ...message, application })
    assert.equal(status, 422)
    assert.ok(Array.isArray(body.detail))
    assert.deepEqual(body.detail[0]!.loc, ['body', 'application', 'uid'])
    assert.equal(body.detail[0]!.type, type)
  }
  for (const name of ['fifty-one', 'other']) assert.equal((await get(`/app/${name}`)).status, 404)
  for (const name of ['First', 'Second']) {
    const application = { name, uid: 'fifty-one' }
    assert.equal((await post(`${path}/msg`, { ...message, application })).status, 202)
  }
  assert.equal((await get(path)).body['name'], 'First')
  assert.equal((await get(`${path}/msg`)).body.data.length, 2)
})

test('52 a deleted application is 404, and nothing is delivered', async () => {
  const { app, receiver } = await receiving()
  assert.equal((await remove(app)).status, 204)
  assert.equal((await post(`${app}/msg`, message)).status, 404)
  await allOver()
  assert.equal(receiver.received.length, 0)
})

test('53 three endpoints each get the payload, and one that fails once is alone tried again', async () => {
  const seen = new Map<string, number>()
  const receiver = await startReceiver(({ path }) => {
    const count = (seen.get(path) ?? 0) + 1
    seen.set(path, count)
    return { status: path.endsWith('/b') && count === 1 ? 500 : 200 }
  })
  const app = await newApp()
  for (const name of ['a', 'b', 'c'])
    await post(`${app}/endpoint`, { url: `${receiver.url}/${name}` })
  const { body } = await post(`${app}/msg`, message)
  await allOver()
  assert.deepEqual(Object.fromEntries(seen), { '/hook/a': 1, '/hook/b': 2, '/hook/c': 1 })
  for (const { body } of receiver.received) assert.equal(body.toString(), '{"n":1}')
  const { data } = (await get(`${app}/attempt/msg/${body.id}`)).body
  assert.deepEqual(data.map(({ status }) => status).sort(), [0, 0, 0, 2])
})

test('54 with endpoints for et1, for both and for all, et1 makes three attempts and et2 two', async () => {
  for (const name of ['et1', 'et2']) await post('/event-type', { name, description: '' })
  const { app, receiver, attempts } = await receiving()
  for (const eventTypes of [['et1'], ['et1', 'et2']]) {
    await post(`${app}/endpoint`, { url: receiver.url, eventTypes })
  }
  for (const [eventType, count] of [
    ['et1', 3],
    ['et2', 2],
  ] as const) {
    const { body } = await post(`${app}/msg`, { ...message, eventType })
    await allOver()
    assert.equal((await attempts(body.id)).length, count)
  }
})

test('55 a channel reaches the endpoint with it and the one with none; no channel only the latter', async () => {
  const receiver = await startReceiver()
  const app = await newApp()
  await post(`${app}/endpoint`, { url: `${receiver.url}/all` })
  await post(`${app}/endpoint`, { url: `${receiver.url}/news`, channels: ['news'] })
  await post(`${app}/endpoint`, { url: `${receiver.url}/other`, channels: ['other'] })
  for (const [channels, expected] of [
    [['news'], ['/hook/all', '/hook/news']],
    [null, ['/hook/all']],
  ]) {
    receiver.received.length = 0
    await post(`${app}/msg`, { ...message, channels })
    await allOver()
    assert.deepEqual(receiver.received.map(({ path }) => path).sort(), expected)
  }
  assert.equal(ids((await get(`${app}/msg`)).body.data).length, 2)
})

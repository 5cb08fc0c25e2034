// The official client drives everything that it has methods for and we have routes for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiException, type Svix } from 'svix'
import { startBellwire } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const { svix, call, pending } = await startBellwire()

test('an application is created, found, listed, changed and deleted', async () => {
  const made = await svix.application.create({ name: 'Acme', uid: 'acme', metadata: { plan: 'a' } })
  assert.match(made.id, /^app_[0-9A-Za-z]{27}$/)
  assert.ok(made.createdAt instanceof Date)
  for (const reference of [made.id, 'acme'])
    assert.deepEqual(await svix.application.get(reference), made)
  const again = await svix.application.getOrCreate({ name: 'Other', uid: 'acme' })
  assert.equal(again.name, 'Acme')

  const patched = await svix.application.patch('acme', { name: 'Acme Inc' })
  assert.deepEqual([patched.name, patched.metadata], ['Acme Inc', { plan: 'a' }])
  const replaced = await svix.application.upsert('acme', { name: 'Acme Ltd', uid: 'acme' })
  assert.deepEqual([replaced.id, replaced.name, replaced.metadata], [made.id, 'Acme Ltd', {}])

  await svix.application.create({ name: 'Second' })
  const first = await svix.application.list({ limit: 1 })
  const second = await svix.application.list({ limit: 1, iterator: first.iterator! })
  const names = [...first.data, ...second.data].map(({ name }) => name)
  assert.deepEqual(names, ['Acme Ltd', 'Second'])
  assert.deepEqual([first.done, second.done], [false, true])

  await svix.application.delete('acme')
  await refused(svix.application.get('acme'), 404)
})

test('an endpoint is created, changed, listed and deleted, with its headers and secrets', async () => {
  const { id: app } = await svix.application.create({ name: 'endpoints' })
  await svix.eventType.create({ name: 'lead.create', description: 'A lead was made' })
  const made = await svix.endpoint.create(app, {
    url: 'http://127.0.0.1:9999/hook',
    eventTypes: ['lead.create'],
    headers: { 'x-tenant': 'a', Authorization: 'Bearer secret' },
  })
  assert.deepEqual([made.eventTypes, made.disabled], [['lead.create'], false])
  const patched = await svix.endpoint.patch(app, made.id, { description: 'CRM', uid: 'crm' })
  assert.deepEqual([patched.description, patched.eventTypes], ['CRM', ['lead.create']])
  assert.deepEqual(await svix.endpoint.get(app, 'crm'), patched)
  assert.deepEqual((await svix.endpoint.list(app)).data, [patched])

  const shown = await svix.endpoint.getHeaders(app, 'crm')
  assert.deepEqual(shown, { headers: { 'x-tenant': 'a' }, sensitive: ['Authorization'] })
  await svix.endpoint.patchHeaders(app, 'crm', {
    headers: { 'x-region': 'eu' },
    deleteHeaders: ['authorization'],
  })
  const merged = await svix.endpoint.getHeaders(app, 'crm')
  assert.deepEqual(merged, { headers: { 'x-tenant': 'a', 'x-region': 'eu' }, sensitive: [] })
  await svix.endpoint.setHeaders(app, 'crm', { headers: { 'x-only': '1' } })
  assert.deepEqual((await svix.endpoint.getHeaders(app, 'crm')).headers, { 'x-only': '1' })

  const before = await svix.endpoint.getSecret(app, 'crm')
  assert.match(before.key, /^whsec_/)
  await svix.endpoint.rotateSecret(app, 'crm')
  assert.notEqual((await svix.endpoint.getSecret(app, 'crm')).key, before.key)

  await svix.endpoint.delete(app, 'crm')
  await refused(svix.endpoint.get(app, 'crm'), 404)
})

test('a message goes to the endpoints whose event types and channels match, and to no other', async () => {
  const receiver = await startReceiver()
  const { id: app } = await svix.application.create({ name: 'routing' })
  await svix.eventType.create({ name: 'lead.update', description: '' })
  const endpoint = async (path: string, filter: { eventTypes?: string[]; channels?: string[] }) =>
    svix.endpoint.create(app, { url: `${receiver.url}/${path}`, ...filter })
  await endpoint('all', {})
  await endpoint('type', { eventTypes: ['lead.update'] })
  await endpoint('channel', { channels: ['eu', 'asia'] })
  await endpoint('other-channel', { channels: ['us'] })
  await svix.eventType.create({ name: 'lead.delete', description: '' })
  await endpoint('other-type', { eventTypes: ['lead.delete'] })

  await svix.message.create(app, {
    eventType: 'lead.update',
    eventId: 'event-1',
    channels: ['eu'],
    payload: { id: 1 },
  })
  await until('all deliveries are over', async () => (await pending()) === 0)
  const paths = receiver.received.map(({ path }) => path).sort()
  assert.deepEqual(paths, ['/hook/all', '/hook/channel', '/hook/type'])
  const found = await svix.message.get(app, 'event-1', { withContent: true })
  assert.deepEqual([found.eventId, found.channels, found.payload], ['event-1', ['eu'], { id: 1 }])
})

test('what was attempted is listed by message and by endpoint, and a resend is one more attempt', async () => {
  const receiver = await startReceiver(() => ({ status: 201, body: 'thanks' }))
  const { id: app } = await svix.application.create({ name: 'attempts' })
  const endpoint = await svix.endpoint.create(app, {
    url: receiver.url,
    headers: { 'x-api-key': 'hidden' },
  })
  const message = await svix.message.create(app, { eventType: 'a.b', payload: {} })
  const [first] = await attempts(svix, app, message.id, 1)
  assert.ok(first)
  assert.deepEqual(
    [first.msgId, first.endpointId, first.url, first.response, first.responseStatusCode],
    [message.id, endpoint.id, receiver.url, 'thanks', 201],
  )
  assert.deepEqual([first.status, first.statusText, first.triggerType], [0, 'success', 0])
  assert.deepEqual(await svix.messageAttempt.get(app, message.id, first.id), first)

  await svix.messageAttempt.resend(app, message.id, endpoint.id)
  const [resent] = await attempts(svix, app, message.id, 2)
  assert.deepEqual([resent!.triggerType, resent!.status], [1, 0])
  const listed = await svix.messageAttempt.listByEndpoint(app, endpoint.id)
  assert.deepEqual(
    listed.data.map(({ id }) => id),
    [resent!.id, first.id],
  )
  const [one, two] = receiver.received
  assert.equal(one!.headers['webhook-id'], two!.headers['webhook-id'])
  assert.equal(one!.headers['x-api-key'], 'hidden')
})

test('a second message with an eventId is refused with 409, an unknown application with 404', async () => {
  const { id: app } = await svix.application.create({ name: 'refusals' })
  const message = { eventType: 'a.b', eventId: 'once', payload: {} }
  await svix.message.create(app, message)
  await refused(svix.message.create(app, message), 409)
  await refused(svix.message.create('nobody', { eventType: 'a.b', payload: {} }), 404)
})

test('a message brings its application along when that is not there yet', async () => {
  const message = {
    eventType: 'a.b',
    payload: {},
    application: { name: 'Brought along', uid: 'brought' },
  }
  await svix.message.create('brought', message)
  await svix.message.create('brought', { ...message, application: { name: 'X', uid: 'brought' } })
  assert.equal((await svix.application.get('brought')).name, 'Brought along')
  assert.equal((await svix.message.list('brought')).data.length, 2)
})

test('the payload arrives in the bytes in which it was sent', async () => {
  const receiver = await startReceiver()
  const { id: app } = await svix.application.create({ name: 'bytes' })
  await svix.endpoint.create(app, { url: receiver.url })
  const payload = '{ "z":1.0,  "a":12345678901234567890,\t"é\\u0041":[1e400 , -0.10],\n"z":"two" }'
  const sent = await call('POST', `/app/${app}/msg`, `{"eventType":"a.b", "payload" : ${payload} }`)
  assert.equal(sent.status, 202)
  await until('the message arrives', () => receiver.received.length === 1)
  assert.equal(receiver.received[0]!.body.toString('utf8'), payload)
  const read = await call('GET', `/app/${app}/msg/${sent.body['id']}`)
  assert.ok(read.text.includes(payload), 'and the API shows these bytes')
})

async function attempts(client: Svix, app: string, messageId: string, count: number) {
  return until(`${count} attempts`, async () => {
    const { data } = await client.messageAttempt.listByMsg(app, messageId, { withContent: true })
    return data.length === count && data
  })
}

async function refused(request: Promise<unknown>, status: number) {
  await assert.rejects(request, (error) => {
    assert.ok(error instanceof ApiException)
    assert.equal(error.code, status)
    return true
  })
}

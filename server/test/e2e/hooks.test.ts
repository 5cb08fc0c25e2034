// An integration platform subscribes for its user, reads what there is to map, and is unsubscribed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire()
const { svix, url, store } = bellwire
const schema = {
  type: 'object',
  properties: {
    user_id: { type: 'integer', title: 'User' },
    lead: { $ref: '#/definitions/lead' },
  },
  definitions: {
    lead: { type: 'object', properties: { email: { type: ['string', 'null'], format: 'email' } } },
  },
  examples: [{ user_id: 1, lead: { email: 'a@example.com' } }],
}
await svix.eventType.create({ name: 'lead.create', description: 'A lead', schemas: { 1: schema } })
await svix.eventType.create({ name: 'lead.delete', description: 'No lead' })

/** The customer's token, as the platform has it. */
async function customer(uid: string) {
  await svix.application.create({ name: uid, uid })
  const { token } = await svix.authentication.appPortalAccess(uid, {})
  return async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${url}/hooks${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? {} : JSON.parse(text), text }
  }
}
const send = (uid: string, payload: object, eventType = 'lead.create') =>
  svix.message.create(uid, { eventType, payload })

test('a hook gets the events it named until it is unsubscribed', async () => {
  const hooks = await customer('subscribed')
  const receiver = await startReceiver()
  const made = await hooks('POST', '', { targetUrl: receiver.url, event: 'lead.create' })
  assert.equal(made.status, 201, made.text)
  assert.deepEqual((await hooks('GET', '')).body.data, [made.body])
  assert.equal(made.body.targetUrl, receiver.url)
  assert.deepEqual(made.body.events, ['lead.create'])

  await send('subscribed', { user_id: 7 })
  await send('subscribed', { user_id: 8 }, 'lead.delete')
  await until('it arrived', async () => receiver.received.length === 1)
  assert.deepEqual(JSON.parse(receiver.received[0]!.body.toString()), { user_id: 7 })

  assert.equal((await hooks('DELETE', `/${made.body.id}`)).status, 204)
  assert.deepEqual((await hooks('GET', '')).body.data, [])
  assert.equal((await hooks('DELETE', `/${made.body.id}`)).status, 404)
  await send('subscribed', { user_id: 9 })
  await until('nothing is pending', async () => (await bellwire.pending()) === 0)
  assert.equal(receiver.received.length, 1)
})

test('a hook whose receiver answers 410 is deleted, and an endpoint is only disabled', async () => {
  const hooks = await customer('gone')
  const receiver = await startReceiver(() => ({ status: 410 }))
  const ops = await startReceiver()
  const listen = { url: ops.url, eventTypes: ['endpoint.deleted'] }
  await bellwire.call('POST', '/operational-webhook/endpoint', listen)
  const plain = await svix.endpoint.create('gone', { url: receiver.url })
  const { body } = await hooks('POST', '', { targetUrl: receiver.url, events: ['lead.*'] })
  await send('gone', {})
  await until('it is gone', async () => (await hooks('GET', `/${body.id}`)).status === 404)
  await until('the other is off', async () => (await svix.endpoint.get('gone', plain.id)).disabled)

  await until('the operator was told', async () => ops.received.length === 1)
  const { data } = JSON.parse(ops.received[0]!.body.toString())
  assert.equal(data.endpointId, body.id)
  assert.deepEqual([data.trigger, data.reason], ['automatic', 'gone'])
  const log = await bellwire.call('GET', `/audit-log?target_id=${body.id}`)
  const [last] = log.body['data'] as { operation: string; actor: { type: string } }[]
  assert.equal(last?.operation, 'endpoint.deleted')
})

test('samples are the examples of the schema, until the customer has payloads of their own', async () => {
  const hooks = await customer('sampled')
  const other = await customer('other')
  const events = (await hooks('GET', '/events')).body.data
  assert.deepEqual(
    events.map(({ name }: { name: string }) => name),
    ['lead.create', 'lead.delete'],
  )
  const path = '/events/lead.create/sample'
  assert.deepEqual((await hooks('GET', path)).body, { data: schema.examples, from: 'schema' })
  await bellwire.call('POST', '/app/sampled/msg', '{"eventType":"lead.create","payload":{"n":1.0}}')
  assert.equal((await hooks('GET', path)).text, '{"data":[{"n":1.0}],"from":"messages"}')
  assert.equal((await other('GET', path)).body.from, 'schema')
  assert.deepEqual((await hooks('GET', '/events/lead.delete/sample')).body.data, [])
  assert.equal((await hooks('GET', '/events/never.made/sample')).status, 404)
})

test('fields are those of the schema and the custom ones of this customer, typed', async () => {
  const hooks = await customer('fields')
  const other = await customer('no-fields')
  await send('fields', { user_id: 7, lead: { email: null, custom: null } })
  await send('fields', {
    user_id: 8,
    lead: { email: 'b@example.com', custom: { size: 50, score: 1, since: '2022-11-30 22:53:19' } },
    items: [{ sku: 'a' }],
    tags: ['x'],
  })
  await send('fields', { lead: { custom: { score: 1.5 } } })
  const { body } = await hooks('GET', '/events/lead.create/fields')
  const shown = Object.fromEntries(
    body.data.map(({ key, ...field }: { key: string }) => [key, field]),
  )
  assert.deepEqual(shown['user_id'], {
    ...{ path: ['user_id'], label: 'User', type: 'integer', nullable: false, custom: false },
    sample: 8,
  })
  const types = Object.entries<Record<string, unknown>>(shown).map(([key, field]) => [
    ...[key, field['type'], field['format'], field['custom']],
  ])
  assert.deepEqual(types, [
    ['user_id', 'integer', undefined, false],
    ['lead.email', 'string', 'email', false],
    ['lead.custom.score', 'number', undefined, true],
    ['lead.custom.size', 'integer', undefined, true],
    ['lead.custom.since', 'string', 'date-time', true],
    ['items[].sku', 'string', undefined, true],
    ['tags', 'array', undefined, true],
  ])
  const bare = (await other('GET', '/events/lead.create/fields')).body.data
  assert.deepEqual(
    bare.map(({ key }: { key: string }) => key),
    ['user_id', 'lead.email'],
  )
})

test('what deliveries may not reach, and what is no event, cannot be subscribed', async () => {
  const hooks = await customer('refused')
  const problemOf = async (body: object) => {
    const { status, body: answer } = await hooks('POST', '', body)
    assert.equal(status, 422)
    return answer.detail[0].loc
  }
  const targetUrl = 'https://example.com/'
  assert.deepEqual(await problemOf({ targetUrl: 'http://10.0.0.1/', event: 'lead.create' }), [
    ...['body', 'targetUrl'],
  ])
  assert.deepEqual(await problemOf({ targetUrl: 'nowhere', event: 'lead.create' }), [
    ...['body', 'targetUrl'],
  ])
  assert.deepEqual(await problemOf({ targetUrl, event: 'never.made' }), ['body', 'events'])
  assert.deepEqual(await problemOf({ targetUrl }), ['body', 'event'])
  const { rows } = await store.pool.query('select from endpoint where hook and url = $1', [
    targetUrl,
  ])
  assert.equal(rows.length, 0)
})

test('hooks are of the application of the token; an API key names it', async () => {
  const mine = await customer('mine')
  const other = await customer('theirs')
  const { body } = await mine('POST', '', {
    ...{ targetUrl: 'https://example.com/', event: 'lead.create' },
  })
  assert.equal((await other('DELETE', `/${body.id}`)).status, 404)
  const foreign = await other('GET', '?app_id=mine')
  assert.equal(foreign.status, 404, foreign.text)
  assert.equal((await mine('GET', '?app_id=mine')).status, 200)
  const withKey = (query: string) =>
    fetch(`${url}/hooks${query}`, { headers: { authorization: `Bearer ${bellwire.token}` } })
  assert.equal((await withKey('')).status, 422)
  assert.equal((await withKey('?app_id=mine')).status, 200)
  const endpoint = await svix.endpoint.create('mine', { url: 'https://example.com/' })
  assert.equal((await mine('DELETE', `/${endpoint.id}`)).status, 404)
})

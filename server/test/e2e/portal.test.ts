// What a portal needs, walked as a customer would: with the token of one application and nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verify } from '@bellwire/sdk'
import { type Client, createClient } from '@bellwire/sdk/client'
import { startBellwire } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
const { svix, url } = bellwire
const ENDPOINT = '/api/v1/app/{app_id}/endpoint/{endpoint_id}'
const schema = { type: 'object', examples: [{ lead: { name: 'Ada', employees: 50 } }] }
await svix.eventType.create({ name: 'lead.create', description: 'A lead', schemas: { 1: schema } })
await svix.eventType.create({ name: 'lead.delete', description: 'No lead any more' })

async function customerOf(uid: string): Promise<Client> {
  const access = await svix.authentication.appPortalAccess(uid, { application: { name: uid, uid } })
  return createClient({ url, token: access.token, retries: 0 })
}

/** A customer with an endpoint that they made themselves. */
async function customer(uid: string, answer = { status: 204 }) {
  const client = await customerOf(uid)
  const receiver = await startReceiver(() => answer)
  const params = { app_id: uid, endpoint_id: 'crm' }
  const body = { uid: 'crm', url: receiver.url, eventTypes: ['lead.create'] }
  await client.request('POST', '/api/v1/app/{app_id}/endpoint', { params, body })
  const send = (payload: object) => svix.message.create(uid, { eventType: 'lead.create', payload })
  const next = async (count: number) => {
    await until(`${count} came`, () => receiver.received.length === count)
    return receiver.received[count - 1]!
  }
  return { client, receiver, params, send, next, answer }
}

test('a customer sees what there is to subscribe to, and makes, changes and deletes an endpoint', async () => {
  const client = await customerOf('endpoints')
  const app = { params: { app_id: 'endpoints' } }
  const one = { params: { ...app.params, endpoint_id: 'crm' } }
  assert.equal((await client.request('GET', '/api/v1/app/{app_id}', app)).uid, 'endpoints')
  const types = await client.request('GET', '/api/v1/event-type')
  assert.deepEqual(
    types.data.map(({ name }) => name),
    ['lead.create', 'lead.delete'],
  )
  const body = { uid: 'crm', url: 'https://example.com/hook', eventTypes: ['lead.create'] }
  await client.request('POST', '/api/v1/app/{app_id}/endpoint', { ...app, body })
  const { data } = await client.request('GET', '/api/v1/app/{app_id}/endpoint', app)
  assert.deepEqual(
    data.map(({ uid }) => uid),
    ['crm'],
  )
  const change = { description: 'Our CRM', eventTypes: ['lead.*'], throttleRate: 5 }
  const changed = await client.request('PATCH', ENDPOINT, { ...one, body: change })
  assert.deepEqual(changed.eventTypes, ['lead.*'])
  const headers = { headers: { authorization: 'Bearer of the CRM', 'x-team': 'sales' } }
  await client.request('PUT', `${ENDPOINT}/headers`, { ...one, body: headers })
  const shown = await client.request('GET', `${ENDPOINT}/headers`, one)
  assert.deepEqual(shown, { headers: { 'x-team': 'sales' }, sensitive: ['authorization'] })
  await client.request('DELETE', ENDPOINT, one)
  await assert.rejects(client.request('GET', ENDPOINT, one), { status: 404 })
})

test('a test event arrives with the secret that the customer sees, also after its rotation', async () => {
  const { client, params, next } = await customer('secrets')
  const example = async () => {
    const body = { eventType: 'lead.create' }
    await client.request('POST', `${ENDPOINT}/send-example`, { params, body })
  }
  const secretOf = async () => (await client.request('GET', `${ENDPOINT}/secret`, { params })).key
  await example()
  const first = await next(1)
  assert.deepEqual(await verify(first.body, first.headers, await secretOf()), schema.examples[0])
  const old = await secretOf()
  await client.request('POST', `${ENDPOINT}/secret/rotate`, { params, body: {} })
  assert.notEqual(await secretOf(), old)
  await example()
  const second = await next(2)
  for (const secret of [old, await secretOf()]) {
    assert.deepEqual(await verify(second.body, second.headers, secret), schema.examples[0])
  }
})

test('a customer says by a segment what they want, and tries it on a message', async () => {
  const { client, params, send, next } = await customer('filters')
  const filter = { 'payload.employees': { $gt: 50 } }
  await client.request('PUT', '/api/v1/app/{app_id}/segment/{segment_name}', {
    params: { ...params, segment_name: 'large' },
    body: { description: 'Large companies', filter },
  })
  const body = { filter: { $segment: 'large' } }
  await client.request('PUT', `${ENDPOINT}/filter`, { params, body })
  const { id } = await send({ employees: 7 })
  await send({ employees: 70 })
  assert.deepEqual(JSON.parse((await next(1)).body.toString()), { employees: 70 })
  const tried = await client.request('POST', `${ENDPOINT}/filter/test`, {
    params,
    body: { msgId: id },
  })
  assert.deepEqual([tried.matches, tried.reason], [false, 'filtered'])
})

test('a customer picks a template from the list, looks at what it makes, and gets that', async () => {
  const { client, params, send, next } = await customer('templates')
  const { data } = await client.request('GET', '/api/v1/template')
  const slack = data.find(({ name }) => name === 'slack')
  assert.deepEqual(
    slack?.fields.map(({ name }) => name),
    ['text'],
  )
  const chosen = { name: 'slack' as const, parameters: { text: 'New: {{payload.name}}' } }
  const { body } = await client.request('POST', `${ENDPOINT}/template/preview`, {
    params,
    body: { ...chosen, eventType: 'lead.create', payload: { name: 'Ada' } },
  })
  assert.equal(body, '{"text":"New: Ada"}')
  await client.request('PUT', `${ENDPOINT}/template`, { params, body: chosen })
  await send({ name: 'Jean' })
  assert.equal((await next(1)).body.toString(), '{"text":"New: Jean"}')
})

test('a customer sees why a message failed, and sends it again', async () => {
  const answer = { status: 500 }
  const { client, params, send, next } = await customer('attempts', answer)
  const { id } = await send({ n: 1 })
  await next(1)
  const attempts = async () => {
    const path = '/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}'
    return (await client.request('GET', path, { params, query: { with_msg: true } })).data
  }
  const [failed] = await until('it is noted', async () => {
    const noted = await attempts()
    return noted.length === 1 && noted
  })
  assert.deepEqual([failed?.msg?.eventType, failed?.responseStatusCode], ['lead.create', 500])
  assert.equal(failed?.failure?.code, 'http_status')
  const message = { params: { ...params, msg_id: id } }
  assert.deepEqual(
    (await client.request('GET', '/api/v1/app/{app_id}/msg/{msg_id}', message)).payload,
    { n: 1 },
  )

  answer.status = 204
  const resend = '/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend'
  await client.request('POST', resend, message)
  assert.equal((await next(2)).headers['webhook-id'], id)
  await until('it is noted', async () => (await attempts()).length === 2)
  const { success, fail } = await client.request('GET', `${ENDPOINT}/stats`, { params })
  assert.deepEqual([success, fail], [1, 0])
})

test('a customer has all that was missed sent again, and sees how far it is; nobody else does', async () => {
  const answer = { status: 500 }
  const { client, params, send, next } = await customer('recovers', answer)
  const since = new Date(Date.now() - 60_000).toISOString()
  for (let n = 1; n <= 3; n++) await send({ n })
  await next(3)
  await until('nothing is pending', async () => (await bellwire.pending()) === 0)
  answer.status = 204
  const task = await client.request('POST', `${ENDPOINT}/recover`, { params, body: { since } })
  assert.ok('id' in task)
  const done = await client.waitForTask(task.id, { everyMs: 50 })
  assert.deepEqual([done.status, done.data['messagesSent']], ['finished', 3])
  await next(6)

  const other = await customerOf('other')
  const path = '/api/v1/background-task/{task_id}'
  const asked = other.request('GET', path, { params: { task_id: task.id } })
  await assert.rejects(asked, { status: 404, code: 'not_found' })
  await assert.rejects(client.request('GET', '/api/v1/background-task'), { status: 403 })
})

test('a customer sends nothing themselves, and does nothing for all', async () => {
  const { client, params } = await customer('refused')
  const refused = [
    client.send('refused', { eventType: 'lead.create', payload: {} }),
    client.request('GET', '/api/v1/app'),
    client.request('PATCH', '/api/v1/app/{app_id}', { params, body: { name: 'Mine' } }),
    client.request('POST', '/api/v1/event-type', { body: { name: 'a', description: '' } }),
    client.request('PATCH', '/api/v1/management/environment-settings', { body: {} }),
  ]
  for (const asked of refused) {
    await assert.rejects(asked, { status: 403, code: 'insufficient access' })
  }
})

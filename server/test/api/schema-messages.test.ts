// Payloads are held against their schemas on every way in, and what is noted of them goes every way out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const path = `${app}/msg`
const schemas = { 1: { required: ['id'], properties: { id: { type: 'integer' } } } }
await api.post('event-type', { name: 'order', description: '', schemas })
const settings = (body: object) => api.put('management/environment-settings', body)
const note = 'payload.id: expected integer, got "x"'
const wrong = { eventType: 'order', payload: { id: 'x' } }
const right = { eventType: 'order', payload: { id: 1 } }

type Result = {
  status: number
  message?: { id: string; schemaError?: string }
  error?: { detail: { loc: string[]; msg: string }[] }
}
async function batch(messages: object[], key?: string) {
  const headers = key === undefined ? {} : { 'idempotency-key': key }
  const call = { method: 'POST', path: `${path}/batch`, body: { messages }, headers }
  const { status, text, body } = await api.call(call)
  assert.equal(status, 202, text)
  return body['results'] as unknown as Result[]
}

test('each message of a batch is held against its own schema', async () => {
  await settings({ schemaPolicy: 'reject', requireEventType: true })
  const results = await batch([right, wrong, { eventType: 'nobody.knows', payload: {} }, right])
  assert.deepEqual(
    results.map(({ status, error }) => [status, error?.detail[0]?.loc]),
    [
      [202, undefined],
      [422, ['body', 'messages', '[1]', 'payload', 'id']],
      [422, ['body', 'messages', '[2]', 'eventType']],
      [202, undefined],
    ],
  )
  await settings({ schemaPolicy: 'warn' })
  const noted = await batch([right, wrong])
  assert.deepEqual(
    noted.map(({ status, message }) => [status, message?.schemaError]),
    [
      [202, undefined],
      [202, note],
    ],
  )
})

test('a batch is larger than the queue before the checks, and all of it is checked', async () => {
  await settings({ schemaPolicy: 'reject' })
  const messages = Array.from({ length: 1_000 }, (_, n) => (n % 2 === 0 ? right : wrong))
  const results = await batch(messages)
  const statuses = Map.groupBy(results, ({ status }) => status)
  assert.deepEqual([statuses.get(202)?.length, statuses.get(422)?.length], [500, 500])
})

test('a request that was accepted is not refused when it is repeated under a new policy', async () => {
  await settings({})
  const unknown = { eventType: 'nobody.knows', payload: {} }
  const single = (body: object, key: string) =>
    api.call({ method: 'POST', path, body, headers: { 'idempotency-key': key } })
  const first = [await single(wrong, 'one'), await single(unknown, 'two')]
  const inBatch = await batch([wrong, unknown], 'three')
  await settings({ schemaPolicy: 'reject', requireEventType: true })
  const again = [await single(wrong, 'one'), await single(unknown, 'two')]
  assert.deepEqual(
    again.map(({ status, body }) => [status, body.id]),
    first.map(({ body }) => [202, body.id]),
  )
  assert.deepEqual(await batch([wrong, unknown], 'three'), inBatch)
  assert.equal((await single(wrong, 'four')).status, 422)
})

test('what is sent later is held against the schema when it comes in', async () => {
  await settings({ schemaPolicy: 'reject' })
  const deliverAt = new Date(Date.now() + 3_600_000).toISOString()
  assert.equal((await api.post(path, { ...wrong, deliverAt })).status, 422)
  await settings({ schemaPolicy: 'warn' })
  const { status, body } = await api.post(path, { ...wrong, deliverAt })
  assert.deepEqual([status, body['schemaError'], body['deliverAt']], [202, note, deliverAt])
})

test('a note is found by search and fetched by pollers, until the payload has expired', async () => {
  await settings({ schemaPolicy: 'warn' })
  const poller = (await api.post(`${app}/poller`, { eventTypes: ['order'] })).body.id
  const { iterator } = (await api.get(`${app}/poller/${poller}`)).body
  const { id } = (await api.post(path, { ...wrong, tags: ['noted'] })).body
  const shown = async () => [
    (await api.get(`${path}/${id}`)).body['schemaError'],
    (await api.post(`${path}/search`, { tag: 'noted' })).body.data[0]!['schemaError'],
    (await api.get(`${app}/poller/${poller}?iterator=${iterator}`)).body.data[0]!['schemaError'],
  ]
  assert.deepEqual(await shown(), [note, note, note])
  // Expired, and not yet erased.
  await api.store.pool.query(`update message set payload_expires_at = now()`)
  assert.deepEqual(await shown(), [undefined, undefined, undefined])
})

test('what Bellwire tells of itself is held against nothing', async () => {
  const url = 'https://example.com/'
  const ops = (await api.post('operational-webhook/endpoint', { url })).body.id
  const told = async () => {
    const { rows } = await api.store.pool.query(
      `select schema_error from message where event_type = 'endpoint.created'`,
    )
    return rows
  }
  await api.put('event-type/endpoint.created', { description: '', schemas: { 1: { not: {} } } })
  await settings({ schemaPolicy: 'reject', requireEventType: true })
  assert.equal((await api.post(`${app}/endpoint`, { url })).status, 201)
  assert.deepEqual(await told(), [{ schema_error: null }])
  await api.delete(`operational-webhook/endpoint/${ops}`)
})

test('settings of endpoints hold for those of operational webhooks too', async () => {
  await settings({ enforceHttps: true, defaultSecretKind: 'ed25519' })
  const at = 'operational-webhook/endpoint'
  for (const refused of [
    await api.post(at, { url: 'http://example.com/' }),
    await api.put(`${at}/ops`, { url: 'http://example.com/' }),
  ]) {
    assert.equal(refused.status, 422)
    assert.match(refused.text, /"loc":\["body","url"\],"msg":"expected an https:/)
  }
  const { id } = (await api.post(at, { url: 'https://example.com/' })).body
  assert.match((await api.get(`${at}/${id}/secret`)).body.key, /^whpk_/)
})

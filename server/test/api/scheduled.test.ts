// Messages that are to be sent later.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const path = `${app}/msg`
const url = 'https://example.com'
const endpoint = (await api.post(`${app}/endpoint`, { url })).body.id
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const ahead = (ms: number) => new Date(Date.now() + ms).toISOString()
const create = (deliverAt: unknown, more: object = {}) =>
  api.post(path, { eventType: 'a', payload: {}, deliverAt, ...more })

async function pendingOf(message: string) {
  const { data } = (await api.get(`${path}/${message}/endpoint?expanded_statuses=true`)).body
  const found = data.find(({ id }) => id === endpoint)!
  return [found['status'], found['statusReason'] ?? null, found['nextAttempt']]
}

test('it is accepted, shown with its time, and pending until then', async () => {
  const deliverAt = ahead(HOUR)
  const { status, body } = await create(deliverAt)
  assert.deepEqual([status, body['deliverAt']], [202, deliverAt])
  assert.equal((await api.get(`${path}/${body.id}`)).body['deliverAt'], deliverAt)
  assert.deepEqual(await pendingOf(body.id), [1, null, deliverAt])
  const { data } = (await api.get(`${app}/endpoint/${endpoint}/msg?status=1`)).body
  assert.equal(data.find(({ id }) => id === body.id)!['nextAttempt'], deliverAt)
})

test('its delivery is born free, and due then', async () => {
  const deliverAt = ahead(2 * HOUR)
  const { id } = (await create(deliverAt, { eventId: 'free' })).body
  const { rows } = await api.store.pool.query(
    `select p.leased_by, p.due_at from pending_delivery p join message m on m.id = p.message_id
      where m.event_id = 'free'`,
  )
  assert.deepEqual(rows, [{ leased_by: null, due_at: new Date(deliverAt) }])
  assert.ok(id)
})

test('without a time it is due at once, and so it is with null', async () => {
  for (const deliverAt of [undefined, null]) {
    const { body } = await create(deliverAt)
    assert.equal(body['deliverAt'], null)
    assert.deepEqual(await pendingOf(body.id), [1, null, null])
  }
})

test('any offset will do', async () => {
  const at = Math.ceil(Date.now() / 1000) * 1000 + HOUR
  const deliverAt = `${new Date(at + 2 * HOUR).toISOString().slice(0, 19)}+02:00`
  assert.equal((await create(deliverAt)).body['deliverAt'], new Date(at).toISOString())
})

test('its payload is kept from that time on', async () => {
  await create(ahead(23 * HOUR), { eventId: 'kept', payloadRetentionHours: 1 })
  const { rows } = await api.store.pool.query<{ kept: boolean }>(
    `select payload_expires_at = deliver_at + interval '1 hour' as kept
       from message where event_id = 'kept'`,
  )
  assert.deepEqual(rows, [{ kept: true }])
})

test('cancelling ends it before its time', async () => {
  const { id } = (await create(ahead(HOUR))).body
  const body = { createdBefore: ahead(MINUTE) }
  assert.equal((await api.post(`${app}/endpoint/${endpoint}/cancel-msgs`, body)).status, 204)
  assert.deepEqual(await pendingOf(id), [4, 'cancelled', null])
})

test('deleting the endpoint ends it before its time', async () => {
  const second = (await api.post(`${app}/endpoint`, { url })).body.id
  const { id } = (await create(ahead(HOUR))).body
  await api.delete(`${app}/endpoint/${second}`)
  const { data } = (await api.get(`${path}/${id}/endpoint?expanded_statuses=true`)).body
  const found = data.find((one) => one.id === second)!
  assert.deepEqual([found['status'], found['statusReason']], [4, 'endpoint_deleted'])
})

test('a repeated request is answered as before, also when its time has come near meanwhile', async () => {
  const body = { eventType: 'a', payload: {}, deliverAt: ahead(MINUTE) }
  const headers = { 'idempotency-key': 'scheduled' }
  const call = () => api.call({ method: 'POST', path, body, headers })
  const first = await call()
  assert.equal(first.status, 202)
  const RealDate = Date
  try {
    // The clock of the API is `new Date()`: half a minute later for this one request.
    globalThis.Date = class extends RealDate {
      constructor(...given: []) {
        if (given.length === 0) super(RealDate.now() + MINUTE / 2)
        else super(...given)
      }
    } as DateConstructor
    const again = await call()
    assert.equal(again.status, 202, again.text)
    assert.equal(again.body.id, first.body.id)
    assert.equal(again.headers['idempotent-replayed'], 'true')
    const fresh = await api.call({ method: 'POST', path, body })
    assert.equal(fresh.status, 422)
  } finally {
    globalThis.Date = RealDate
  }
})

const loc = ['body', 'deliverAt']
testCases(
  api,
  Object.entries({
    'in the past': ahead(-MINUTE),
    now: ahead(0),
    'half a minute ahead': ahead(MINUTE / 2),
    'more than a day ahead': ahead(25 * HOUR),
    'ten years ahead': ahead(10 * 365 * 24 * HOUR),
    'in the year 9999': '9999-12-31T23:59:59Z',
    'beyond what a date can be': '275760-09-13T00:00:01Z',
    'before our era': '-000001-01-01T00:00:00Z',
    'on the 30th of February': '2027-02-30T10:00:00Z',
    'a word': 'tomorrow',
    empty: '',
    'a number': Date.now() + HOUR,
    'a negative number': -1,
    'without an offset': '2027-01-01T10:00:00',
  }).map(([what, deliverAt]) => ({
    name: `a time that is ${what} is refused`,
    method: 'POST',
    path,
    body: { eventType: 'a', payload: {}, deliverAt },
    status: 422,
    loc,
  })),
)

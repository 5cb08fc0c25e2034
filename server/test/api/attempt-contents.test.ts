import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toUuid } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'
import { answered, seedAttempts, unanswered } from './seeded-attempts.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const url = 'https://example.com'
const endpoint = (await api.post(`${app}/endpoint`, { url, uid: 'ours' })).body.id
const second = (await api.post(`${app}/endpoint`, { url })).body.id
const sent = (await api.post(`${app}/msg`, { eventType: 'a', payload: { x: 1 }, tags: ['t'] })).body
const message = sent.id
const seeds = [
  { message, endpoint, outcome: answered(200, 'private') },
  { message, endpoint, outcome: unanswered },
  { message, endpoint: second, outcome: answered(500) },
]
const [ok, silent, other] = await seedAttempts(api.store, seeds)
const one = (id: string | undefined) => `${app}/msg/${message}/attempt/${id}`

test('the headers of an attempt are shown, of sensitive ones the names only', async () => {
  const sentHeaders = { 'webhook-id': message, 'X-Api-Key': '***', __proto__x: 'y' }
  const received = [
    ['set-cookie', 'a'],
    ['set-cookie', 'b'],
    ['WWW-Authenticate', 'Basic'],
  ]
  await api.store.pool.query(
    'update attempt set request_headers = $1, response_headers = $2 where id = $3',
    [JSON.stringify(sentHeaders), JSON.stringify(received), toUuid(ok as `atmpt_${string}`)],
  )
  assert.deepEqual((await api.get(`${one(ok)}/headers`)).body, {
    sentHeaders: { 'webhook-id': message, __proto__x: 'y' },
    responseHeaders: received.slice(0, 2),
    sensitive: ['X-Api-Key', 'WWW-Authenticate'],
  })
  const { body } = await api.get(`${one(silent)}/headers`)
  assert.deepEqual(body, { sentHeaders: {}, responseHeaders: null, sensitive: [] })
})

test('an expunged attempt shows EXPUNGED and no headers of the answer; its code stays', async () => {
  for (const id of [ok, silent]) {
    for (const _ of ['once', 'again']) {
      assert.equal((await api.delete(`${one(id)}/content`)).status, 204)
    }
    const { body } = await api.get(one(id))
    assert.equal(body['response'], 'EXPUNGED')
    assert.equal((await api.get(`${one(id)}/headers`)).body['responseHeaders'], null)
  }
  assert.equal((await api.get(one(ok))).body['responseStatusCode'], 200)
})

test('with_msg=true shows the message, never its payload', async () => {
  for (const path of [`attempt/endpoint/${endpoint}`, `attempt/msg/${message}`]) {
    const { data } = (await api.get(`${app}/${path}?with_msg=true`)).body
    for (const { msg } of data) assert.deepEqual(msg, { ...sent, payload: {} })
    assert.ok(!('msg' in (await api.get(`${app}/${path}`)).body.data[0]!))
  }
})

const idsOf = async (path: string) =>
  (await api.get(`${app}/msg/${message}/${path}`)).body.data.map(({ id }) => id)

test('the older routes list the same attempts', async () => {
  assert.deepEqual(await idsOf('attempt'), [other, silent, ok])
  assert.deepEqual(await idsOf('attempt?status=2&limit=1'), [other])
  assert.deepEqual(await idsOf(`attempt?endpoint_id=${second}`), [other])
  for (const name of [endpoint, 'ours']) {
    assert.deepEqual(await idsOf(`endpoint/${name}/attempt`), [silent, ok])
  }
  await api.delete(`${app}/endpoint/${second}`)
  assert.deepEqual(await idsOf(`endpoint/${second}/attempt`), [other])
})

for (const [query, count] of [
  ['', 2],
  ['status=0', 1],
  ['status=3', 0],
  ['status_code_class=0', 1],
  ['event_types=b', 0],
  ['tag=t', 2],
  ['before=2020-01-01T00:00:00Z', 0],
  ['after=2020-01-01T00:00:00Z&before=2100-01-01T00:00:00Z', 2],
] as const) {
  test(`the attempts of an endpoint with "${query}" are ${count}`, async () => {
    const { body } = await api.get(`${app}/attempt/endpoint/${endpoint}/count?${query}`)
    assert.deepEqual(body, { count, approximated: false })
  })
}

test('attempts are counted up to ten thousand', async () => {
  await api.store.pool.query(
    `insert into attempt (id, message_id, endpoint_id, resend, succeeded, url, duration_ms)
     select overlay(a.id::text placing lpad(to_hex(n), 12, '0') from 25)::uuid, a.message_id,
            a.endpoint_id, 0, true, '', 1
       from attempt a, generate_series(1, 10000) n where a.id = $1`,
    [toUuid(ok as `atmpt_${string}`)],
  )
  const { body } = await api.get(`${app}/attempt/endpoint/${endpoint}/count`)
  assert.deepEqual(body, { count: 10_000, approximated: true })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app', uid: 'customer' })).body.id}`
const path = `${app}/msg/batch`
const other = await api.otherEnvironment()

type Result = {
  status: number
  message?: { id: string; payload: unknown; eventId: string | null }
  error?: { detail: { loc: string[] }[]; code?: string }
}
type Ask = { path?: string; key?: string; token?: string }

async function send(messages: unknown[] | string, { path: to = path, key, token }: Ask = {}) {
  const body = typeof messages === 'string' ? `{"messages":${messages}}` : { messages }
  const headers = key === undefined ? {} : { 'idempotency-key': key }
  const reply = await api.call({ method: 'POST', path: to, body, headers, ...(token && { token }) })
  return { ...reply, results: (reply.body['results'] ?? []) as Result[] }
}
const payload = { a: 1 }
const count = async () => {
  const { rows } = await api.store.pool.query<{ count: number }>(
    'select count(*)::int as count from message',
  )
  return rows[0]!.count
}

test('results come in the order of the messages, and each is stored', async () => {
  const messages = Array.from({ length: 20 }, (_, n) => ({ eventType: `t.${n}`, payload: { n } }))
  const { status, results } = await send(messages)
  assert.equal(status, 202)
  assert.deepEqual(
    results.map(({ status, message }) => [status, message!.payload]),
    messages.map(({ payload }) => [202, payload]),
  )
  for (const { message } of results) {
    assert.deepEqual((await api.get(`${app}/msg/${message!.id}`)).body, message)
  }
})

test('what is wrong with one is its own answer; the others are accepted', async () => {
  await api.post(`${app}/msg`, { eventType: 'a', eventId: 'taken', payload })
  const { status, results } = await send([
    { eventType: 'a', payload },
    { eventType: 'not a name', payload },
    'no object',
    { eventType: 'a', eventId: 'taken', payload },
    { eventType: 'a' },
    { eventType: 'a', payload, application: { name: 'x', uid: 'stranger' } },
    { eventType: 'a', payload, deliverAt: '2020-01-01T00:00:00Z' },
    { eventType: 'a', payload },
  ])
  assert.equal(status, 202)
  assert.deepEqual(
    results.map(({ status }) => status),
    [202, 422, 422, 409, 422, 422, 422, 202],
  )
  const places = results.map(({ error }) =>
    Array.isArray(error?.detail) ? error.detail[0]!.loc.join('.') : error?.code,
  )
  assert.deepEqual(places, [
    undefined,
    'body.messages.[1].eventType',
    'body.messages.[2]',
    'conflict',
    'body.messages.[4].payload',
    'body.messages.[5].application.uid',
    'body.messages.[6].deliverAt',
    undefined,
  ])
})

test('of two with one eventId, one is accepted', async () => {
  const twice = { eventType: 'a', eventId: 'twice', payload }
  const { results } = await send([twice, twice])
  assert.deepEqual(results.map(({ status }) => status).sort(), [202, 409])
})

test('every payload keeps its exact bytes', async () => {
  const texts = [
    '{ "z":1.0,  "a":12345678901234567890 }',
    '{"]":"[,{\\"","é":[1e400 , -0.10]}',
    '{}',
  ]
  const items = texts.map(
    (text, n) => ` { "eventType":"a", "eventId":"b-${n}", "payload" :${text} }`,
  )
  const { status } = await send(`[${items.join(' ,\n')} ]`)
  assert.equal(status, 202)
  for (const [n, text] of texts.entries()) {
    const { body } = await api.get(`${app}/msg/b-${n}/raw`)
    assert.equal(body['payload'], text)
  }
})

test('repeated with its key nothing is done twice, and the answer is the same', async () => {
  const messages = [{ eventType: 'a', payload }, { eventType: '!' }, { eventType: 'b', payload }]
  const first = await send(messages, { key: 'batch-1' })
  const before = await count()
  const again = await send(messages, { key: 'batch-1' })
  assert.equal(again.headers['idempotent-replayed'], 'true')
  assert.equal(first.headers['idempotent-replayed'], undefined)
  const bare = (results: Result[]) => results.map(({ status, message }) => [status, message])
  assert.deepEqual(bare(again.results), bare(first.results))
  assert.equal(await count(), before)
})

test('a key that was used with other messages is refused, and nothing is accepted', async () => {
  await send([{ eventType: 'a', payload }], { key: 'batch-2' })
  const before = await count()
  const messages = [1, 2, 3].map((n) => ({ eventType: 'a', payload: { n } }))
  const { status, body } = await send(messages, { key: 'batch-2' })
  assert.equal(status, 422)
  assert.ok(Array.isArray(body.detail))
  assert.deepEqual(body.detail[0]!.loc, ['header', 'idempotency-key'])
  assert.equal(await count(), before)
})

test('two of the same at once are one', async () => {
  const before = await count()
  const messages = Array.from({ length: 50 }, () => ({ eventType: 'a', payload }))
  const both = await Promise.all([1, 2].map(() => send(messages, { key: 'batch-3' })))
  const ids = both.map(({ results }) => results.map(({ message }) => message!.id))
  assert.deepEqual(ids[0], ids[1])
  assert.equal(await count(), before + 50)
})

test('an application that is not there is made when a message brings it along', async () => {
  const path = 'app/brought/msg/batch'
  const messages = [
    { eventType: 'a', payload },
    { eventType: 'a', payload, application: { name: 'Brought', uid: 'brought' } },
  ]
  assert.equal((await send(messages.slice(0, 1), { path })).status, 404)
  const { results } = await send(messages, { path })
  assert.deepEqual(
    results.map(({ status }) => status),
    [202, 202],
  )
  assert.equal((await api.get('app/brought')).body['name'], 'Brought')
})

test('with_content=false leaves payloads out, and a send-only key may call it', async () => {
  const token = await api.keyOf('send-only')
  const { results } = await send([{ eventType: 'a', payload }], {
    path: `${path}?with_content=false`,
    token,
  })
  assert.deepEqual(results[0]!.message!.payload, {})
})

test('a thousand of them are one request', async () => {
  const messages = Array.from({ length: 1_000 }, () => ({ eventType: 'a', payload }))
  const before = await count()
  const { status, results } = await send(messages)
  assert.equal(status, 202)
  assert.equal(new Set(results.map(({ message }) => message!.id)).size, 1_000)
  assert.equal(await count(), before + 1_000)
})

const post = { method: 'POST', path }
testCases(api, [
  {
    name: 'more than a thousand are refused',
    ...post,
    body: { messages: Array(1_001).fill({}) },
    status: 422,
    loc: ['body', 'messages'],
  },
  { name: 'none are refused', ...post, body: { messages: [] }, status: 422 },
  { name: 'no list is refused', ...post, body: { messages: {} }, status: 422 },
  { name: 'no JSON is refused', ...post, body: '{"messages":[', status: 422 },
  {
    name: 'an unknown application is refused',
    method: 'POST',
    path: 'app/nobody/msg/batch',
    body: { messages: [{ eventType: 'a', payload }] },
    status: 404,
    has: ['Application not found'],
  },
  {
    name: "another environment's application is not found",
    ...post,
    token: other.token,
    body: { messages: [{ eventType: 'a', payload }] },
    status: 404,
    has: ['Application not found'],
  },
])

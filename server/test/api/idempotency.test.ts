import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const { body: app } = await api.post('app', { name: 'app' })
const MESSAGES = `app/${app.id}/msg`

const post = (path: string, body: object, key: string, token?: string) =>
  api.call({
    method: 'POST',
    path,
    body,
    headers: { 'idempotency-key': key },
    ...(token !== undefined && { token }),
  })
const count = async (path: string) => (await api.get(`${path}?limit=250`)).body.data.length

const CREATES: [path: string, body: object][] = [
  ['app', { name: 'shop' }],
  [`app/${app.id}/endpoint`, { url: 'https://example.com/' }],
  [MESSAGES, { eventType: 'lead.create', payload: { n: 1.0 } }],
]

for (const [path, body] of CREATES) {
  test(`the same key and body to ${path} give the same answer and one effect`, async () => {
    const key = randomUUID()
    const first = await post(path, body, key)
    const before = await count(path)
    const second = await post(path, body, key)
    assert.equal(first.headers['idempotent-replayed'], undefined)
    assert.equal(second.headers['idempotent-replayed'], 'true')
    assert.equal(second.status, first.status)
    assert.equal(second.text, first.text)
    assert.equal(await count(path), before)
  })

  test(`ten at once to ${path} are one`, async () => {
    const key = randomUUID()
    const before = await count(path)
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(path, body, key)))
    assert.deepEqual(new Set(answers.map(({ text }) => text)).size, 1)
    const replayed = answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true')
    assert.equal(replayed.length, 9)
    assert.equal(await count(path), before + 1)
  })

  test(`the same key with another body to ${path} is refused`, async () => {
    const key = randomUUID()
    await post(path, body, key)
    const before = await count(path)
    const { status, body: refusal } = await post(path, { ...body, metadata: { a: 'b' } }, key)
    assert.equal(status, 422)
    const [problem] = refusal.detail as { loc: string[] }[]
    assert.deepEqual(problem?.loc, ['header', 'idempotency-key'])
    assert.equal(await count(path), before)
  })
}

test('a key is free again after a refusal', async () => {
  const key = randomUUID()
  await post('app', { name: 'taken', uid: 'taken' }, randomUUID())
  assert.equal((await post('app', { name: 'x', uid: 'taken' }, key)).status, 409)
  assert.equal((await post('app', { name: 'x', uid: 'free' }, key)).status, 201)
})

test('a key is free again after an event id that was taken', async () => {
  const key = randomUUID()
  const message = { eventType: 'a', payload: {}, eventId: 'taken' }
  assert.equal((await post(MESSAGES, message, randomUUID())).status, 202)
  assert.equal((await post(MESSAGES, message, key)).status, 409)
  assert.equal((await post(MESSAGES, message, key)).status, 409)
  assert.equal((await post(MESSAGES, { ...message, eventId: 'other' }, key)).status, 202)
})

test('a message with an event id is replayed, not a conflict', async () => {
  const key = randomUUID()
  const message = { eventType: 'a', payload: {}, eventId: 'once' }
  const first = await post(MESSAGES, message, key)
  const second = await post(MESSAGES, message, key)
  assert.deepEqual([second.status, second.text], [202, first.text])
})

test('a key of a request that died between its claim and its refusal is free', async () => {
  const key = randomUUID()
  const first = await post(MESSAGES, { eventType: 'a', payload: {} }, key)
  // As it would look like: the claim is there, its message is not.
  await api.store.pool.query('update idempotent_request set message_id = gen_random_uuid()')
  const second = await post(MESSAGES, { eventType: 'a', payload: {} }, key)
  assert.equal(second.status, 202)
  assert.notEqual(second.body.id, first.body.id)
})

test('the same key of another caller, or on another path, is another request', async () => {
  const key = randomUUID()
  const other = await api.post('app', { name: 'other' })
  const first = await post(MESSAGES, { eventType: 'a', payload: {} }, key)
  const second = await post(`app/${other.body.id}/msg`, { eventType: 'a', payload: {} }, key)
  assert.notEqual(second.body.id, first.body.id)
  const third = await post(`${MESSAGES}?with_content=false`, { eventType: 'a', payload: {} }, key)
  assert.notEqual(third.body.id, first.body.id)
  const body = { name: 'token' }
  const path = `management/authentication/${api.environmentId}/api-token`
  const { token } = (await api.post(path, body)).body
  const fourth = await post(MESSAGES, { eventType: 'a', payload: {} }, key, String(token))
  assert.equal(fourth.status, 202)
  assert.notEqual(fourth.body.id, first.body.id)
})

test('answers that hold a token are kept sealed', async () => {
  const key = randomUUID()
  const path = `auth/app-portal-access/${app.id}`
  const first = await post(path, {}, key)
  const second = await post(path, {}, key)
  assert.equal(second.text, first.text)
  const { rows } = await api.store.pool.query('select answer from idempotent_request')
  const token = String(first.body['token'])
  assert.ok(rows.length > 0)
  for (const { answer } of rows) assert.ok(!answer?.includes(token))
})

test('other methods ignore the header', async () => {
  const key = randomUUID()
  const patch = (name: string) =>
    api.call({
      method: 'PATCH',
      path: `app/${app.id}`,
      body: { name },
      headers: { 'idempotency-key': key },
    })
  assert.equal((await patch('one')).body.name, 'one')
  assert.equal((await patch('two')).body.name, 'two')
})

test('a request whose key is still running waits, and is told when that takes too long', async () => {
  const key = randomUUID()
  const client = await api.store.pool.connect()
  try {
    // Another request with this key, which has not committed: its row is there, only not yet visible.
    await post('app', { name: 'slow' }, key)
    await client.query('begin')
    await client.query('delete from idempotent_request where answer is not null')
    const { status, body } = await post('app', { name: 'slow' }, key)
    assert.equal(status, 409)
    assert.equal(body['code'], 'idempotency_in_progress')
  } finally {
    await client.query('rollback')
    client.release()
  }
})

test('more slashes in the path are the same request, another query is another', async () => {
  const key = randomUUID()
  const body = { name: 'slashes' }
  const first = await post('app', body, key)
  for (const path of ['app/', '//api/v1/app', '/api//v1/app/']) {
    const again = await post(path, body, key)
    assert.equal(again.text, first.text, path)
    assert.equal(again.headers['idempotent-replayed'], 'true', path)
  }
  const other = await post('app?get_if_exists=false', body, key)
  assert.notEqual(other.body.id, first.body.id)
})

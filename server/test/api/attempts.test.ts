import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'
import { answered, seedAttempts, unanswered } from './seeded-attempts.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const other = `app/${(await api.post('app', { name: 'other' })).body.id}`
const url = 'https://example.com/hook'
const endpoint = (await api.post(`${app}/endpoint`, { url, uid: 'ours' })).body.id
const second = (await api.post(`${app}/endpoint`, { url })).body.id
const send = async () => (await api.post(`${app}/msg`, { eventType: 'a', payload: {} })).body.id
const one = async (message: string, id: string) =>
  (await api.get(`${app}/msg/${message}/attempt/${id}`)).body

const message = await send()
const [attempt] = await seedAttempts(api.store, [
  { message, endpoint, outcome: answered(200, 'x') },
])
const another = await send()

test('an attempt that was answered shows its answer', async () => {
  const message = await send()
  const [id] = await seedAttempts(api.store, [
    { message, endpoint, outcome: answered(200, 'fine') },
  ])
  const { timestamp, ...rest } = await one(message, id!)
  assert.ok(timestamp)
  assert.deepEqual(rest, {
    id,
    msgId: message,
    endpointId: endpoint,
    url,
    response: 'fine',
    responseStatusCode: 200,
    responseDurationMs: 12,
    status: 0,
    statusText: 'success',
    triggerType: 0,
  })
})

test('one that was not has code 0, and says why without what only operators may know', async () => {
  const message = await send()
  const [id] = await seedAttempts(api.store, [{ message, endpoint, outcome: unanswered }])
  const shown = await one(message, id!)
  const { response, responseStatusCode, status, statusText } = shown
  assert.deepEqual(
    { response, responseStatusCode, status, statusText },
    { response: 'Could not connect.', responseStatusCode: 0, status: 2, statusText: 'fail' },
  )
  assert.deepEqual(shown['failure'], { code: 'connect_failed', message: 'Could not connect.' })
  assert.doesNotMatch(JSON.stringify(shown), /ECONN|10\.0\.0\.1/)
})

test('a manual one says so', async () => {
  const message = await send()
  const [id] = await seedAttempts(api.store, [
    { message, endpoint, outcome: answered(500), resend: 1 },
  ])
  assert.equal((await one(message, id!))['triggerType'], 1)
})

const filler = (bytes: number, tail: string) => 'a'.repeat(bytes) + tail
for (const [what, body, shown] of [
  ['text beyond ASCII', 'grüße 日本', 'grüße 日本'],
  ['nothing', '', ''],
  ['U+0000', 'a\0b', 'a\0b'],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0]), '//4A'],
  ['text that ends inside of a character', Buffer.from([0x61, 0xe2, 0x82]), 'YeKC'],
  ['text cut inside of a character', filler(19_999, 'é'), filler(19_999, '')],
  ['text cut after one', filler(19_998, 'éx'), filler(19_998, 'é')],
  ['text cut inside of an emoji', filler(19_997, '🎉'), filler(19_997, '')],
] as const) {
  test(`the response is shown of ${what}`, async () => {
    const message = await send()
    const [id] = await seedAttempts(api.store, [
      { message, endpoint, outcome: answered(200, body as string) },
    ])
    assert.equal((await one(message, id!))['response'], shown)
  })
}

test('attempts list by message and by endpoint, newest first', async () => {
  const message = await send()
  const outcome = answered(500)
  const ids = await seedAttempts(api.store, [
    { message, endpoint, outcome },
    { message, endpoint: second, outcome },
    { message, endpoint, outcome: answered(200) },
  ])
  const list = async (path: string) =>
    (await api.get(`${app}/attempt/${path}`)).body.data.map(({ id }) => id)
  assert.deepEqual(await list(`msg/${message}`), ids.toReversed())
  assert.deepEqual(await list(`endpoint/${second}`), [ids[1]])
  assert.deepEqual((await list('endpoint/ours')).slice(0, 2), [ids[2], ids[0]])
  for (const name of [endpoint, 'ours']) {
    assert.deepEqual(await list(`msg/${message}?endpoint_id=${name}`), [ids[2], ids[0]])
  }
})

test('attempts of a deleted endpoint are still those of their message', async () => {
  const message = await send()
  const gone = (await api.post(`${app}/endpoint`, { url })).body.id
  const [id] = await seedAttempts(api.store, [{ message, endpoint: gone, outcome: answered(200) }])
  await api.delete(`${app}/endpoint/${gone}`)
  for (const query of ['', `?endpoint_id=${gone}`]) {
    const { data } = (await api.get(`${app}/attempt/msg/${message}${query}`)).body
    assert.deepEqual(
      data.map((attempt) => attempt.id),
      [id],
      query,
    )
  }
})

const get = { method: 'GET', status: 404 }

testCases(api, [
  {
    name: 'an attempt of another message is not found',
    ...get,
    path: `${app}/msg/${another}/attempt/${attempt}`,
  },
  {
    name: 'nor in another application',
    ...get,
    path: `${other}/msg/${message}/attempt/${attempt}`,
  },
  { name: 'a malformed attempt is not found', ...get, path: `${app}/msg/${message}/attempt/x` },
  {
    name: 'attempts of an unknown endpoint are not found',
    ...get,
    path: `${app}/attempt/endpoint/x`,
  },
  { name: 'nor of an unknown message', ...get, path: `${app}/attempt/msg/x` },
  {
    name: 'nor of a message at an unknown endpoint',
    ...get,
    path: `${app}/attempt/msg/${message}?endpoint_id=x`,
  },
  {
    name: 'with_content=false leaves the response out',
    method: 'GET',
    path: `${app}/attempt/msg/${message}?with_content=false`,
    status: 200,
    has: ['"response":"{}"'],
  },
])

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const url = 'https://example.com'
const examples = [{ n: 1 }, 'text', { n: 3 }]
const schemas = { '1': { type: 'object', examples }, '2': { examples: [{ n: 'no' }] } }
await api.post('event-type', { name: 'shown', description: '', schemas })
await api.post('event-type', { name: 'bare', description: '' })
await api.post('event-type', { name: 'later', description: '', schemas: { '2': schemas['1'] } })
const fields = { url, channels: ['only'], eventTypes: ['bare'] }
const endpoint = (await api.post(`${app}/endpoint`, fields)).body.id
await api.post(`${app}/endpoint`, { url })
await api.post(`${app}/endpoint`, { url, disabled: true, uid: 'off' })
const path = `${app}/endpoint/${endpoint}/send-example`

for (const [body, payload] of [
  [{ eventType: 'svix.ping' }, '{"success":true}'],
  [{ eventType: 'shown' }, '{"n":1}'],
  [{ eventType: 'shown', exampleIndex: 2 }, '{"n":3}'],
] as const) {
  test(`${JSON.stringify(body)} sends ${payload} to this endpoint, past its filters, and to no other`, async () => {
    const { woken } = api.engine
    const { status, body: sent } = await api.post(path, body)
    assert.equal(status, 200)
    assert.deepEqual([sent['eventType'], sent['payload']], [body.eventType, {}])
    assert.equal(api.engine.woken, woken + 1)
    const to = (await api.get(`${app}/msg/${sent.id}/endpoint`)).body.data
    assert.deepEqual(
      to.map(({ id, status }) => [id, status]),
      [[endpoint, 1]],
    )
    assert.equal((await api.get(`${app}/msg/${sent.id}/raw`)).body['payload'], payload)
  })
}

const post = { method: 'POST', path }
const none = { ...post, status: 400, has: ['"code":"invalid_scheme"'] }
testCases(api, [
  { name: 'an unknown type is not found', ...post, body: { eventType: 'x' }, status: 404 },
  { name: 'a type without schemas has no example', ...none, body: { eventType: 'bare' } },
  { name: 'only version 1 counts', ...none, body: { eventType: 'later' } },
  {
    name: 'an example that is no object cannot be sent',
    ...none,
    body: { eventType: 'shown', exampleIndex: 1 },
  },
  {
    name: 'there is no example beyond the last',
    ...none,
    body: { eventType: 'shown', exampleIndex: 3 },
  },
  {
    name: 'an index below 0 is refused',
    ...post,
    body: { eventType: 'shown', exampleIndex: -1 },
    status: 422,
  },
  { name: 'a type is required', ...post, body: {}, status: 422, loc: ['body', 'eventType'] },
  {
    name: 'a disabled endpoint is refused',
    method: 'POST',
    path: `${app}/endpoint/off/send-example`,
    body: { eventType: 'svix.ping' },
    status: 400,
    has: ['"code":"endpoint_disabled"'],
  },
])

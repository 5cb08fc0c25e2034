import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const endpoint = (await api.post(`${app}/endpoint`, { url: 'https://example.com' })).body.id
const path = `${app}/endpoint/${endpoint}/stats`
const NONE = { success: 0, pending: 0, sending: 0, fail: 0, canceled: 0 }

test('of a new endpoint all counts are 0, and each message counts within its window', async () => {
  assert.deepEqual((await api.get(path)).body, NONE)
  const { body } = await api.post(`${app}/msg`, { eventType: 'a', payload: {} })
  const at = String(body['timestamp'])
  assert.deepEqual((await api.get(path)).body, { ...NONE, pending: 1 })
  assert.deepEqual((await api.get(`${path}?since=${at}`)).body, { ...NONE, pending: 1 })
  assert.deepEqual((await api.get(`${path}?until=${at}`)).body, NONE, '`until` is exclusive')
})

const days = (n: number) => new Date(Date.now() + n * 24 * 3600 * 1000).toISOString()
const get = { method: 'GET' }
const refused = { ...get, status: 400, has: ['"code":"invalid_range"'] }
testCases(api, [
  { name: 'since 28 days is taken', ...get, path: `${path}?since=${days(-28)}`, status: 200 },
  { name: 'since 29 days is too long', ...refused, path: `${path}?since=${days(-29)}` },
  {
    name: 'an old window is taken',
    ...get,
    path: `${path}?since=${days(-60)}&until=${days(-40)}`,
    status: 200,
  },
  { name: 'until alone is taken', ...get, path: `${path}?until=${days(-40)}`, status: 200 },
  {
    name: 'an old window of 29 days is too long',
    ...refused,
    path: `${path}?since=${days(-60)}&until=${days(-31)}`,
  },
  { name: 'until tomorrow is refused', ...refused, path: `${path}?until=${days(1)}` },
  { name: 'since tomorrow is refused', ...refused, path: `${path}?since=${days(1)}` },
  {
    name: 'since cannot be read',
    ...get,
    path: `${path}?since=lately`,
    status: 400,
    has: ['"code":"generic_error"'],
  },
])

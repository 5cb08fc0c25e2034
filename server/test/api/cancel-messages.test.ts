import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'
import { putDelivery } from './deliveries.ts'
import { moveMessage } from './seeded-attempts.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const url = 'https://example.com'
const endpoint = (await api.post(`${app}/endpoint`, { url })).body.id
const other = (await api.post(`${app}/endpoint`, { url })).body.id
const path = `${app}/endpoint/${endpoint}/cancel-msgs`
const send = async () => (await api.post(`${app}/msg`, { eventType: 'a', payload: {} })).body.id
const stateAt = async (message: string, of: string) => {
  const { data } = (await api.get(`${app}/msg/${message}/endpoint?expanded_statuses=true`)).body
  const found = data.find(({ id }) => id === of)
  return [found?.['status'], found?.['statusReason']]
}

test('what waits is cancelled, what is in flight or newer or for another endpoint goes on', async () => {
  const hour = new Date(Date.now() - 3600 * 1000)
  const old = await moveMessage(api.store, await send(), hour)
  const flying = await moveMessage(api.store, await send(), hour)
  const resent = await moveMessage(api.store, await send(), hour)
  const fresh = await send()
  await putDelivery(api.store, { message: old, endpoint, runs: [{ attempts: 2 }, { resend: 1 }] })
  await putDelivery(api.store, { message: old, endpoint: other, runs: [{}] })
  await putDelivery(api.store, {
    message: flying,
    endpoint,
    runs: [{ leased: true }, { resend: 2 }],
  })
  const finished = { status: 'failed', reason: 'exhausted' } as const
  await putDelivery(api.store, { message: resent, endpoint, runs: [{ resend: 3 }], finished })
  const createdBefore = new Date(hour.getTime() + 60_000).toISOString()
  assert.equal((await api.post(path, { createdBefore })).status, 204)
  assert.deepEqual(await stateAt(old, endpoint), [4, 'cancelled'])
  assert.deepEqual(await stateAt(old, other), [1, undefined])
  assert.deepEqual(await stateAt(flying, endpoint), [3, undefined])
  assert.deepEqual(await stateAt(resent, endpoint), [2, 'exhausted'])
  assert.deepEqual(await stateAt(fresh, endpoint), [1, undefined])
})

const post = { method: 'POST', path, status: 422, loc: ['body', 'createdBefore'] }
testCases(api, [
  { name: 'a date is required', ...post, body: {} },
  { name: 'a date that is none is refused', ...post, body: { createdBefore: 'soon' } },
])

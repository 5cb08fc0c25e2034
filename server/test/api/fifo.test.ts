import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toUuid } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const url = 'https://example.com'
const endpoint = (await api.post(`${app}/endpoint`, { url, fifo: true })).body.id
const path = `${app}/endpoint/${endpoint}/fifo`
const send = async () => (await api.post(`${app}/msg`, { eventType: 'a', payload: {} })).body.id
const cancel = (message: string) =>
  api.post(`${app}/msg/${message}/endpoint/${endpoint}/cancel`, {})
const lease = (message: string, node: string | null) =>
  api.store.pool.query('update pending_delivery set leased_by = $1 where message_id = $2', [
    node,
    toUuid(message as `msg_${string}`),
  ])
const NODE = '0190a0b0-0000-7000-8000-000000000001'

test('what is being sent cannot be cancelled, what waits can, once, and the next is the head', async () => {
  const ids = [await send(), await send(), await send()]
  await lease(ids[0]!, NODE)
  const { body } = await api.get(path)
  const { waitsSince, ...head } = body['head'] as Record<string, unknown>
  assert.deepEqual(head, { msgId: ids[0], attempts: 0, nextAttempt: null })
  assert.ok(Math.abs(Date.parse(String(waitsSince)) - Date.now()) < 60_000)
  assert.equal(body['waiting'], 2)
  const refused = await cancel(ids[0]!)
  assert.equal(refused.status, 409)
  assert.match(refused.text, /being sent to the endpoint at this moment/)

  await lease(ids[0]!, null)
  assert.equal((await cancel(ids[0]!)).status, 204)
  const shown = (await api.get(path)).body
  assert.equal((shown['head'] as { msgId: string }).msgId, ids[1])
  assert.equal(shown['waiting'], 1)
  const [state] = (await api.get(`${app}/msg/${ids[0]}/endpoint?expanded_statuses=true`)).body.data
  assert.deepEqual([state!['status'], state!['statusReason']], [4, 'cancelled'])
  const again = await cancel(ids[0]!)
  assert.equal(again.status, 409)
  assert.match(again.text, /Nothing of this message waits/)
  const { data } = (await api.get(`audit-log?target_id=${endpoint}`)).body
  const [noted] = data as unknown as { operation: string; after: object }[]
  assert.equal(noted!.operation, 'bellwire.message.cancel-delivery')
  assert.deepEqual(noted!.after, { cancelledMessageId: ids[0] })
})

const operational = 'operational-webhook/endpoint'
testCases(api, [
  {
    name: 'fifo is true or false',
    ...{ method: 'POST', path: `${app}/endpoint`, body: { url, fifo: 'yes' } },
    ...{ status: 422, loc: ['body', 'fifo'] },
  },
  {
    name: 'operational endpoints have no order',
    ...{ method: 'POST', path: operational, body: { url, fifo: true } },
    ...{ status: 201, hasNot: ['fifo'] },
  },
])

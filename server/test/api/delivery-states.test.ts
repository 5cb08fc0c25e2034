import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { putDelivery, STATES } from './deliveries.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const endpoint = (await api.post(`${app}/endpoint`, { url: 'https://example.com' })).body.id
await api.post(`${app}/endpoint`, { url: 'https://example.com', disabled: true })
const messages = new Map<string, string>()
for (const [name, given] of Object.entries(STATES)) {
  const { id } = (await api.post(`${app}/msg`, { eventType: 'a', payload: { name } })).body
  messages.set(name, id)
  await putDelivery(api.store, { message: id, endpoint, ...given })
}
const TEXTS = ['success', 'pending', 'fail', 'sending', 'canceled']
const of = (item: Record<string, unknown> | undefined) => [
  item?.['status'],
  item?.['statusReason'],
  item?.['nextAttempt'],
]

for (const [name, { shown, older = 2 }] of Object.entries(STATES)) {
  const [status, ...rest] = shown
  const id = messages.get(name)!
  const lists = [
    [`${app}/endpoint/${endpoint}/msg?`, id],
    [`${app}/msg/${id}/endpoint?`, endpoint],
  ] as const
  for (const [path, item] of lists) {
    const get = async (query: string) =>
      (await api.get(path + query)).body.data.find((entry) => entry.id === item)

    test(`${path.includes('/msg?') ? 'messages' : 'endpoints'}: one that ${name} has status ${status}`, async () => {
      const found = await get('expanded_statuses=true')
      assert.deepEqual(of(found), shown)
      assert.equal(found!['statusText'], TEXTS[Number(status)])
      const old = await get('')
      assert.deepEqual(
        of(old),
        [status === 4 ? older : status, ...rest],
        'older clients never see 4',
      )
    })
  }
}

const idsWith = async (query: string) =>
  (await api.get(`${app}/endpoint/${endpoint}/msg?${query}`)).body.data.map(({ id }) => id)
const NEWEST_FIRST = Object.keys(STATES).toReversed()
const named = (wanted: number[], shownIn = (name: string) => STATES[name]!.shown[0]) =>
  NEWEST_FIRST.filter((name) => wanted.includes(shownIn(name) as number)).map((name) =>
    messages.get(name),
  )
const olderStatus = (name: string) => {
  const { shown, older = 2 } = STATES[name]!
  return shown[0] === 4 ? older : shown[0]
}

test('each message is there once, newest first', async () => {
  assert.deepEqual(await idsWith(''), named([0, 1, 2, 3, 4]))
})
for (const status of [0, 1, 2, 3, 4]) {
  test(`status=${status} gives what is shown as ${status}`, async () => {
    assert.deepEqual(await idsWith(`status=${status}&expanded_statuses=true`), named([status]))
    assert.deepEqual(await idsWith(`status=${status}`), named([status], olderStatus))
  })
}

test('the payload is shown unless it is not wanted', async () => {
  const path = `${app}/endpoint/${endpoint}/msg?limit=1`
  assert.ok(
    (await api.get(path)).text.includes(
      '"payload":{"name":"was dropped, with a resend that is due"}',
    ),
  )
  assert.ok((await api.get(`${path}&with_content=false`)).text.includes('"payload":{}'))
})

test('stats count each delivery once, under its state', async () => {
  const shown = Object.values(STATES).map(({ shown: [status] }) => status)
  const count = (status: number) => shown.filter((one) => one === status).length
  const { body } = await api.get(`${app}/endpoint/${endpoint}/stats`)
  assert.deepEqual(body, {
    success: count(0),
    pending: count(1),
    fail: count(2),
    sending: count(3),
    canceled: count(4),
  })
})

test('what an endpoint skipped is in no list', async () => {
  const { id } = (await api.post(`${app}/msg`, { eventType: 'a', payload: {} })).body
  await putDelivery(api.store, {
    message: id,
    endpoint,
    finished: { status: 'skipped', reason: 'filtered' },
  })
  assert.deepEqual((await api.get(`${app}/msg/${id}/endpoint`)).body.data, [])
  assert.ok(!(await idsWith('')).includes(id))
})

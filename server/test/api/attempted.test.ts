import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'
import { putDelivery } from './deliveries.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const url = 'https://example.com'
const endpoint = (await api.post(`${app}/endpoint`, { url, uid: 'ours' })).body.id
const path = `${app}/endpoint/${endpoint}/msg`
const FIELDS = [
  { eventType: 'a', channels: ['news', 'x'], tags: ['t1'] },
  { eventType: 'b', tags: ['t2'] },
  { eventType: 'c', channels: ['x'] },
]
const sent: string[] = []
for (let n = 0; n < 28; n++) {
  const body = { ...FIELDS[n % 3], payload: { n } }
  const message = (await api.post(`${app}/msg`, body)).body.id
  sent.push(message)
  // Some are over, some wait, and some are in both tables: the list must merge them.
  if (n % 4 === 1)
    await putDelivery(api.store, { message, endpoint, finished: { status: 'failed' } })
  if (n % 4 === 2) {
    const runs = [{ resend: n }]
    await putDelivery(api.store, { message, endpoint, runs, finished: { status: 'failed' } })
  }
  if (n % 4 === 3) await putDelivery(api.store, { message, endpoint, runs: [{}, { resend: n }] })
}
const newest = sent.toReversed()
const ids = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id)

test('28 messages page by ten, forward and back', async () => {
  const page = async (more: string) => (await api.get(`${path}?limit=10${more}`)).body
  const first = await page('')
  const second = await page(`&iterator=${first.iterator}`)
  const third = await page(`&iterator=${second.iterator}`)
  assert.deepEqual(
    [ids(first), ids(second), ids(third)],
    [newest.slice(0, 10), newest.slice(10, 20), newest.slice(20)],
  )
  assert.deepEqual([first.done, second.done, third.done], [false, false, true])
  const back = await page(`&iterator=${third.prevIterator}`)
  assert.deepEqual([ids(back), back.done], [ids(second), false])
  const start = await page(`&iterator=${back.prevIterator}`)
  assert.deepEqual([ids(start), start.done], [ids(first), true])
})

const FILTERS: [string, (n: number) => boolean][] = [
  ['channel=news', (n) => n % 3 === 0],
  ['channel=x', (n) => n % 3 !== 1],
  ['tag=t2', (n) => n % 3 === 1],
  ['event_types=a,b', (n) => n % 3 !== 2],
  ['event_types[0]=a&event_types[1]=c&tag=t1', (n) => n % 3 === 0],
  ['status=2', (n) => n % 4 === 1],
  ['status=2&event_types=b', (n) => n % 4 === 1 && n % 3 === 1],
  ['status=3', (n) => n % 4 === 2],
  ['status=1', (n) => n % 4 === 0 || n % 4 === 3],
  ['channel=none', () => false],
]
for (const [query, keeps] of FILTERS) {
  test(`attempted messages filter by "${query}", by id and by uid`, async () => {
    const expected = sent.filter((_, n) => keeps(n)).toReversed()
    for (const name of [endpoint, 'ours']) {
      assert.deepEqual(ids((await api.get(`${app}/endpoint/${name}/msg?${query}`)).body), expected)
    }
  })
}

test('before is exclusive, after inclusive, and after alone begins at the old end', async () => {
  const { data } = (await api.get(path)).body
  const at = data[10]!['timestamp'] as string
  const since = data.filter(({ timestamp }) => String(timestamp) >= at).map(({ id }) => id)
  assert.deepEqual(ids((await api.get(`${path}?after=${at}`)).body), since)
  const rest = data.slice(since.length).map(({ id }) => id)
  assert.deepEqual(ids((await api.get(`${path}?before=${at}`)).body), rest)
  const old = (await api.get(`${path}?after=${data.at(-1)!['timestamp']}&limit=3`)).body
  assert.deepEqual([ids(old), old.done], [newest.slice(-3), false])
})

test('the endpoints of a message list ascending, deleted ones too, forward and back', async () => {
  const other = (await api.post('app', { name: 'endpoints' })).body.id
  const endpoints: string[] = []
  for (let n = 0; n < 5; n++) {
    endpoints.push((await api.post(`app/${other}/endpoint`, { url, metadata: { n: '1' } })).body.id)
  }
  const message = { eventType: 'a', payload: {}, eventId: 'sent' }
  await api.post(`app/${other}/msg`, message)
  await api.delete(`app/${other}/endpoint/${endpoints[1]}`)
  await api.post(`app/${other}/endpoint`, { url })
  const list = `app/${other}/msg/sent/endpoint`
  const all = (await api.get(list)).body
  assert.deepEqual([ids(all), all.done], [endpoints, true])
  assert.ok(!('metadata' in all.data[0]!))
  assert.deepEqual([all.data[1]!['status'], all.data[1]!['statusReason']], [2, 'endpoint_deleted'])
  const first = (await api.get(`${list}?limit=2`)).body
  assert.deepEqual([ids(first), first.done], [endpoints.slice(0, 2), false])
  const second = (await api.get(`${list}?limit=2&iterator=${first.iterator}`)).body
  assert.deepEqual([ids(second), second.done], [endpoints.slice(2, 4), false])
  const last = (await api.get(`${list}?limit=2&iterator=${second.iterator}`)).body
  assert.deepEqual([ids(last), last.done], [endpoints.slice(4), true])
  const back = (await api.get(`${list}?limit=2&iterator=-${endpoints[2]}`)).body
  assert.deepEqual([ids(back), back.done], [endpoints.slice(0, 2), true])
})

const get = { method: 'GET' }
testCases(api, [
  { name: 'status=9 cannot be read', ...get, path: `${path}?status=9`, status: 400 },
  { name: 'a bad iterator is refused', ...get, path: `${path}?iterator=BAD-$$$`, status: 422 },
  {
    name: 'an iterator of another kind is refused',
    ...get,
    path: `${path}?iterator=${endpoint}`,
    status: 422,
  },
  {
    name: 'a message is no iterator of endpoints',
    ...get,
    path: `${app}/msg/${sent[0]}/endpoint?iterator=${sent[0]}`,
    status: 422,
  },
])

// Requests at the same time: none is lost, none fails for the other's sake.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toUuid } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'

const api = await startApi()
const url = 'https://example.com/'
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const times = <Result>(count: number, work: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))
const statuses = (replies: { status: number }[]) => replies.map(({ status }) => status).sort()

test('of many with get_if_exists one creates and the others find', async () => {
  const body = { name: 'rush', uid: 'rush' }
  const replies = await times(6, () => api.post('app?get_if_exists=true', body))
  assert.deepEqual(statuses(replies), [200, 200, 200, 200, 200, 201])
  assert.equal(new Set(replies.map((reply) => reply.body.id)).size, 1)
})

for (const [path, body] of [
  ['app/put', { name: 'put', uid: 'put' }],
  [`${app}/endpoint/put`, { url, uid: 'put' }],
  ['event-type/put', { description: 'put' }],
] as const) {
  test(`of many PUTs on ${path.replace(/_\w+/, '')} one creates and the others replace`, async () => {
    const replies = await times(6, () => api.put(path, body))
    assert.deepEqual(statuses(replies), [200, 200, 200, 200, 200, 201])
  })
}

test('of many POSTs with one uid one is created', async () => {
  const replies = await times(6, () => api.post('app', { name: 'x', uid: 'one' }))
  assert.deepEqual(statuses(replies), [201, 409, 409, 409, 409, 409])
})

test('patches of different fields do not undo each other', async () => {
  const fields = {
    description: 'patched',
    throttleRate: 5,
    version: 2,
    channels: ['c'],
    metadata: { a: 'b' },
    disabled: true,
  }
  const { id } = (await api.post(`${app}/endpoint`, { url })).body
  await Promise.all(
    Object.entries(fields).map(([field, value]) =>
      api.patch(`${app}/endpoint/${id}`, { [field]: value }),
    ),
  )
  const { body } = await api.get(`${app}/endpoint/${id}`)
  for (const [field, value] of Object.entries(fields)) assert.deepEqual(body[field], value, field)
})

test('patches of headers at the same time are all kept', async () => {
  const { id } = (await api.post(`${app}/endpoint`, { url })).body
  const path = `${app}/endpoint/${id}/headers`
  await times(6, (index) => api.patch(path, { headers: { [`X-${index}`]: 'x' } }))
  assert.equal(Object.keys((await api.get(path)).body.headers).length, 6)
})

test('rotations at the same time end with one key in use and all old ones', async () => {
  const { id } = (await api.post(`${app}/endpoint`, { url })).body
  const replies = await times(6, () => api.post(`${app}/endpoint/${id}/secret/rotate`, {}))
  assert.deepEqual(new Set(statuses(replies)), new Set([204]))
  const { rows } = await api.store.pool.query(
    'select expires_at is null as used from endpoint_secret where endpoint_id = $1',
    [toUuid(id as `ep_${string}`)],
  )
  assert.deepEqual([rows.length, rows.filter(({ used }) => used).length], [7, 1])
})

test('only switching an endpoint on makes it forget how long it has been failing', async () => {
  const { id } = (await api.post(`${app}/endpoint`, { url })).body
  const path = `${app}/endpoint/${id}`
  const uuid = toUuid(id as `ep_${string}`)
  const { pool } = api.store
  await pool.query('insert into endpoint_health values ($1, now())', [uuid])
  const failing = async () =>
    (await pool.query('select from endpoint_health where endpoint_id = $1', [uuid])).rowCount === 1
  await api.patch(path, { description: 'x' })
  await api.put(path, { url })
  assert.ok(await failing(), 'an edit is no success')
  await api.patch(path, { disabled: true })
  assert.ok(await failing())
  await api.patch(path, { disabled: false })
  assert.ok(!(await failing()), 'a new start')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'

const api = await startApi()
const { id: app } = (await api.post('app', { name: 'app' })).body
const url = 'https://example.com/'

const PATH = 'event-type/scheduled/retry-schedule'
await api.post('event-type', { name: 'scheduled', description: '' })

test('the schedule of an endpoint is kept as it is, and a PUT without it clears it', async () => {
  const { body } = await api.post(`app/${app}/endpoint`, { url, retrySchedule: [0, 0.5, 300] })
  const path = `app/${app}/endpoint/${body.id}`
  assert.deepEqual(body['retrySchedule'], [0, 0.5, 300])
  const shown = async () => (await api.get(path)).body['retrySchedule']
  await api.patch(path, { description: 'other' })
  assert.deepEqual(await shown(), [0, 0.5, 300])
  await api.patch(path, { retrySchedule: [] })
  assert.deepEqual(await shown(), [])
  await api.patch(path, { retrySchedule: null })
  assert.equal(await shown(), null)
  await api.patch(path, { retrySchedule: [1] })
  await api.put(path, { url })
  assert.equal(await shown(), null)
})

for (const [name, retrySchedule, loc] of [
  ['a step before now', [5, -1], ['body', 'retrySchedule', '[1]']],
  ['a step of more than 30 days', [30 * 24 * 3600 + 1], ['body', 'retrySchedule', '[0]']],
  ['more than a hundred steps', Array.from({ length: 101 }, () => 1), ['body', 'retrySchedule']],
  ['a text', '5,300', ['body', 'retrySchedule']],
] as const)
  test(`${name} is refused for an endpoint`, async () => {
    const { status, body } = await api.post(`app/${app}/endpoint`, { url, retrySchedule })
    assert.equal(status, 422)
    assert.deepEqual((body.detail as { loc: string[] }[])[0]?.loc, loc)
  })

test('an event type has no schedule until it is given one, and gives it back to the nanosecond', async () => {
  assert.deepEqual((await api.get(PATH)).body, { retrySchedule: null })
  const long = { secs: 30 * 24 * 3600 - 1, nanos: 999_999_999 }
  for (const retrySchedule of [
    [{ secs: 0, nanos: 1 }, { secs: 5, nanos: 500_000_000 }, long],
    [],
    null,
  ]) {
    const { status, body } = await api.put(PATH, { retrySchedule })
    assert.deepEqual([status, body], [200, { retrySchedule }])
    assert.deepEqual((await api.get(PATH)).body, { retrySchedule })
  }
  await api.put(PATH, { retrySchedule: [{ secs: 1, nanos: 0 }] })
  assert.deepEqual((await api.put(PATH, {})).body, { retrySchedule: null })
})

test('the schedule of an event type stays when the type is replaced, and is unknown with it', async () => {
  const retrySchedule = [{ secs: 1, nanos: 0 }]
  await api.put(PATH, { retrySchedule })
  await api.put('event-type/scheduled', { description: 'replaced' })
  assert.deepEqual((await api.get(PATH)).body, { retrySchedule })
  assert.equal((await api.get('event-type/other/retry-schedule')).status, 404)
  assert.equal((await api.put('event-type/other/retry-schedule', {})).status, 404)
})

for (const [name, step] of [
  ['nanoseconds that are a second', { secs: 0, nanos: 1_000_000_000 }],
  ['a step of more than 30 days', { secs: 30 * 24 * 3600, nanos: 1 }],
  ['seconds with decimals', { secs: 0.5, nanos: 0 }],
  ['a number', 5],
] as const)
  test(`${name} is refused for an event type`, async () => {
    const { status, body } = await api.put(PATH, { retrySchedule: [step] })
    assert.equal(status, 422)
    const [first] = body.detail as { loc: string[] }[]
    assert.deepEqual(first?.loc.slice(0, 3), ['body', 'retrySchedule', '[0]'])
  })

test('without a rate nothing waits for one', async () => {
  const { body } = await api.post(`app/${app}/endpoint`, { url })
  const { status, body: said } = await api.get(`app/${app}/endpoint/${body.id}/rate-limit-status`)
  assert.deepEqual([status, said], [200, { status: 'Ok' }])
})

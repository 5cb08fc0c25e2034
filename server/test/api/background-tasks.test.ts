import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TaskId } from '../../src/domain/ids.ts'
import { toUuid } from '../../src/domain/ids.ts'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app', uid: 'known' })).body.id}`
const ids: string[] = []
for (let made = 0; made < 3; made++) {
  ids.push((await api.put('stats/usage/event-types')).body.id)
}
const purge = (await api.post(`${app}/msg/expunge-all-contents`)).body
ids.push(purge.id)
await api.store.pool.query(`update background_task set status = 'finished' where id = $1`, [
  toUuid(ids[0] as TaskId),
])
const newestFirst = ids.toReversed()
const listed = async (query: string) =>
  (await api.get(`background-task?${query}`)).body.data.map(({ id }) => id)

test('expunging all contents makes a task', () => {
  assert.deepEqual([purge['status'], purge['task']], ['running', 'application.purge_content'])
})

test('tasks are listed newest first, or as asked', async () => {
  assert.deepEqual(await listed(''), newestFirst)
  assert.deepEqual(await listed('order=ascending'), ids)
})

test('they are narrowed by status and kind', async () => {
  assert.deepEqual(await listed('status=finished'), [ids[0]])
  assert.deepEqual(await listed('task=application.purge_content'), [purge.id])
  assert.deepEqual(await listed('status=failed'), [])
  assert.deepEqual(await listed('task=sdk.generate'), [])
})

test('they are read page by page, there and back', async () => {
  const first = (await api.get('background-task?limit=3')).body
  assert.deepEqual([first.data.map(({ id }) => id), first.done], [newestFirst.slice(0, 3), false])
  const second = (await api.get(`background-task?limit=3&iterator=${first.iterator}`)).body
  assert.deepEqual([second.data.map(({ id }) => id), second.done], [[ids[0]], true])
  const back = (await api.get(`background-task?limit=3&iterator=${second.prevIterator}`)).body
  assert.deepEqual(
    back.data.map(({ id }) => id),
    newestFirst.slice(0, 3),
  )
})

const get = { method: 'GET' }
const usage = { method: 'POST', path: 'stats/usage/app' }
const since = '2026-01-01T00:00:00Z'
const until = '2026-02-01T00:00:00Z'
testCases(api, [
  {
    name: 'a status that no task has is refused',
    ...get,
    path: 'background-task?status=x',
    status: 400,
  },
  {
    name: 'a kind that no task has is refused',
    ...get,
    path: 'background-task?task=x',
    status: 400,
  },
  {
    name: 'an iterator of another list is refused',
    ...get,
    path: `background-task?iterator=${'app_'.padEnd(31, '0')}`,
    status: 422,
  },
  { name: 'what is no id is not found', ...get, path: 'background-task/x', status: 404 },
  {
    name: 'usage of all applications',
    ...usage,
    body: { since, until },
    status: 202,
    has: ['"task":"application.stats"', '"unresolvedAppIds":[]'],
  },
  {
    name: 'usage of some, of which one is unknown',
    ...usage,
    body: { since, until, appIds: ['known', 'unknown', 'known'] },
    status: 202,
    has: ['"unresolvedAppIds":["unknown"]'],
  },
  {
    name: 'usage of none that is known is refused',
    ...usage,
    body: { since, until, appIds: ['unknown'] },
    status: 422,
    loc: ['body', 'appIds'],
  },
  {
    name: 'usage needs its end',
    ...usage,
    body: { since },
    status: 422,
    loc: ['body', 'until'],
  },
  {
    name: 'usage does not end before it begins',
    ...usage,
    body: { since: until, until: since },
    status: 422,
    loc: ['body', 'until'],
  },
  {
    name: 'a usage task without a body is refused',
    ...usage,
    status: 422,
  },
])

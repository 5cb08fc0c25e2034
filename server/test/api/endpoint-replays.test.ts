import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApi } from './api.ts'
import { testCases } from './cases.ts'
import { answered, seedAttempts } from './seeded-attempts.ts'

const api = await startApi()
const app = `app/${(await api.post('app', { name: 'app' })).body.id}`
const url = 'https://example.com'
const { id } = (await api.post(`${app}/endpoint`, { url })).body
const off = (await api.post(`${app}/endpoint`, { url, disabled: true })).body.id
const endpoint = `${app}/endpoint/${id}`

for (const [eventType, status] of [
  ['a', 500],
  ['a', 200],
  ['b', 404],
] as const) {
  const message = (await api.post(`${app}/msg`, { eventType, payload: {}, tags: [eventType] })).body
  await api.store.pool.query(
    `update pending_delivery set leased_by = '00000000-0000-7000-8000-00000000000a'`,
  )
  await seedAttempts(api.store, [{ message: message.id, endpoint: id, outcome: answered(status) }])
}
const late = `${app}/endpoint/${(await api.post(`${app}/endpoint`, { url })).body.id}`

const DAY_MS = 24 * 3600 * 1000
const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const since = ago(3_600_000)
const post = { method: 'POST' }
const tasks = async () =>
  (await api.store.db.selectFrom('background_task').selectAll().execute()).length

const KINDS = {
  recover: 'endpoint.recover',
  'replay-missing': 'endpoint.replay',
  'bulk-replay': 'endpoint.bulk-replay',
}
for (const [path, task] of Object.entries(KINDS)) {
  test(`${path} makes a task and has it begun`, async () => {
    const before = { tasks: await tasks(), woken: api.engine.tasksWoken }
    const { status, body } = await api.post(`${endpoint}/${path}`, { since })
    assert.equal(status, 202)
    assert.match(body.id, /^qtask_[0-9A-Za-z]{27}$/)
    assert.deepEqual([body['status'], body['task']], ['running', task])
    assert.deepEqual([await tasks(), api.engine.tasksWoken], [before.tasks + 1, before.woken + 1])
    const read = (await api.get(`background-task/${body.id}`)).body
    assert.deepEqual(read, { ...body, data: {} })
  })

  const at = { ...post, path: `${endpoint}/${path}` }
  testCases(api, [
    { name: `${path} needs \`since\``, ...at, body: {}, status: 422, loc: ['body', 'since'] },
    {
      name: `${path} refuses a time that is none`,
      ...at,
      body: { since: 'soon' },
      status: 422,
      loc: ['body', 'since'],
    },
    {
      name: `${path} refuses an end before the beginning`,
      ...at,
      body: { since, until: ago(4_000_000) },
      status: 422,
      loc: ['body', 'until'],
    },
    {
      name: `${path} takes null for the end, an offset and a space`,
      ...at,
      body: { since: `${since.slice(0, 10)} 00:00:00+02:00`, until: null },
      status: 202,
    },
    {
      name: `${path} of a disabled endpoint is refused`,
      ...post,
      path: `${app}/endpoint/${off}/${path}`,
      body: { since },
      status: 400,
      has: ['"code":"endpoint_disabled"'],
    },
    {
      name: `${path} of an unknown endpoint is not found`,
      ...post,
      path: `${app}/endpoint/x/${path}`,
      body: { since },
      status: 404,
    },
  ])
}

testCases(api, [
  {
    name: 'recover reaches back 14 days',
    ...post,
    path: `${endpoint}/recover`,
    body: { since: ago(14 * DAY_MS) },
    status: 202,
  },
  {
    name: 'recover does not reach back three weeks',
    ...post,
    path: `${endpoint}/recover`,
    body: { since: ago(21 * DAY_MS) },
    status: 422,
    loc: ['body', 'since'],
  },
  {
    name: 'the 14 days of recover count back from its end',
    ...post,
    path: `${endpoint}/recover`,
    body: { since: ago(21 * DAY_MS), until: ago(8 * DAY_MS) },
    status: 202,
  },
  {
    name: 'replays reach back further',
    ...post,
    path: `${endpoint}/replay-missing`,
    body: { since: ago(60 * DAY_MS) },
    status: 202,
  },
  {
    name: 'a status that no delivery has is refused',
    ...post,
    path: `${endpoint}/bulk-replay`,
    body: { since, status: 7 },
    status: 422,
    loc: ['body', 'status'],
  },
  {
    name: 'a class that no status has is refused',
    ...post,
    path: `${endpoint}/bulk-replay`,
    body: { since, statusCodeClass: 404 },
    status: 422,
    loc: ['body', 'statusCodeClass'],
  },
])

const COUNTS: [string, object, number][] = [
  [`${endpoint}/recover`, {}, 2],
  [`${endpoint}/recover`, { until: since }, 0],
  [`${endpoint}/replay-missing`, {}, 0],
  [`${late}/replay-missing`, {}, 3],
  [`${endpoint}/bulk-replay`, {}, 3],
  [`${endpoint}/bulk-replay`, { eventTypes: ['a'] }, 2],
  [`${endpoint}/bulk-replay`, { eventTypes: [] }, 3],
  [`${endpoint}/bulk-replay`, { tag: 'b', channel: null }, 1],
  [`${endpoint}/bulk-replay`, { status: 0 }, 1],
  [`${endpoint}/bulk-replay`, { status: 3 }, 0],
  [`${endpoint}/bulk-replay`, { statusCodeClass: 400 }, 1],
]
for (const [path, filter, count] of COUNTS) {
  const name = `${path.split('/').at(-1)} ${JSON.stringify(filter)}`
  test(`a dry run of ${name} counts ${count} and does nothing`, async () => {
    const before = await tasks()
    const soon = new Date(Date.now() + 1000)
    const body = { since, until: soon, ...filter, dryRun: true }
    const reply = await api.post(path, body)
    assert.deepEqual([reply.status, reply.body], [200, { dryRun: true, count }])
    assert.equal(await tasks(), before)
  })
}

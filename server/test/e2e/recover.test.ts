// Recover, replay and the other background tasks, driven by the official client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiException, BackgroundTaskType } from 'svix'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
const { svix, call } = bellwire
const DAY_MS = 24 * 3600 * 1000
const hourAgo = () => new Date(Date.now() - 3_600_000)

const finished = (id: string) =>
  until('the task is finished', async () => {
    const task = await svix.backgroundTask.get(id)
    return task.status === 'finished' && task
  })

test('42 recover with `since` three weeks ago answers 422', async () => {
  const { app, endpoint } = await oneEndpoint(bellwire)
  const since = new Date(Date.now() - 21 * DAY_MS)
  await assert.rejects(
    svix.endpoint.recover(app, endpoint.id, { since }),
    (error) => error instanceof ApiException && error.code === 422,
  )
})

test('43 recover sends what failed since then exactly once more', async () => {
  const one = await oneEndpoint(bellwire, { react: () => ({ status: 500 }) })
  const before = hourAgo()
  const message = await one.send()
  await one.attempted(message.id, 1)
  await one.ended()
  const recover = (since: Date) => svix.endpoint.recover(one.app, one.endpoint.id, { since })
  one.receiver.react(() => ({}))

  const nothing = await recover(new Date(message.timestamp.getTime() + 1))
  assert.match(nothing.id, /^qtask_[0-9A-Za-z]{27}$/)
  assert.deepEqual([nothing.status, nothing.task], ['running', 'endpoint.recover'])
  assert.deepEqual((await finished(nothing.id)).data, { messagesSent: 0 })

  const all = await recover(before)
  assert.deepEqual([all.status, all.task], ['running', 'endpoint.recover'])
  assert.deepEqual((await finished(all.id)).data, { messagesSent: 1 })
  const attempts = await one.attempted(message.id, 2)
  assert.deepEqual(
    attempts.map(({ triggerType, status }) => [triggerType, status]),
    [
      [0, 2],
      [1, 0],
    ],
  )

  const again = await recover(before)
  assert.deepEqual((await finished(again.id)).data, { messagesSent: 0 })
  assert.equal(one.receiver.received.length, 2)
  const tasks = await svix.backgroundTask.list({
    task: BackgroundTaskType.EndpointRecover,
    limit: 3,
  })
  assert.deepEqual(
    tasks.data.map(({ id }) => id),
    [again.id, all.id, nothing.id],
  )
})

test('a new endpoint gets what was sent before it, and bulk replay sends it again', async () => {
  const one = await oneEndpoint(bellwire)
  const messages = await Promise.all([1, 2, 3].map((n) => one.send({ n })))
  await one.ended()
  const receiver = await startReceiver()
  const late = await svix.endpoint.create(one.app, { url: receiver.url })
  const replay = { since: hourAgo() }

  const counted = await call('POST', `/app/${one.app}/endpoint/${late.id}/replay-missing`, {
    ...replay,
    dryRun: true,
  })
  assert.deepEqual([counted.status, counted.body], [200, { dryRun: true, count: 3 }])
  const missing = await svix.endpoint.replayMissing(one.app, late.id, replay)
  assert.equal(missing.task, 'endpoint.replay')
  await finished(missing.id)
  await until('they arrive', () => receiver.received.length === 3)
  const arrived = receiver.received.map(({ headers }) => headers['webhook-id']).toSorted()
  assert.deepEqual(arrived, messages.map(({ id }) => id).toSorted())
  await until('all is over', async () => (await bellwire.pending()) === 0)

  const bulk = await svix.endpoint.bulkReplay(one.app, late.id, { ...replay, eventTypes: ['a.b'] })
  assert.equal(bulk.task, 'endpoint.bulk-replay')
  assert.deepEqual((await finished(bulk.id)).data, { messagesSent: 3 })
  await until('they arrive again', () => receiver.received.length === 6)
  assert.equal(one.receiver.received.length, 3)
})

test('contents are expunged in the background', async () => {
  const { app, send } = await oneEndpoint(bellwire)
  const { id } = await send({ secret: 1 })
  await until('it is over', async () => (await bellwire.pending()) === 0)
  const task = await svix.message.expungeAllContents(app)
  assert.deepEqual((await finished(task.id)).data, { messagesPurged: 1 })
  assert.deepEqual((await svix.message.get(app, id, { withContent: true })).payload, {
    expired: true,
  })
})

test('usage is counted by application, and what their endpoints want is listed', async () => {
  const one = await oneEndpoint(bellwire)
  await svix.eventType.create({ name: 'wanted', description: '' })
  await svix.endpoint.create(one.app, { url: one.receiver.url, eventTypes: ['wanted'] })
  await Promise.all([one.send(), one.send()])
  await svix.message.create(one.app, { eventType: 'wanted', payload: {} })

  const usage = await svix.statistics.aggregateAppStats({
    since: hourAgo(),
    until: new Date(Date.now() + 1000),
    appIds: [one.app, 'unknown'],
  })
  assert.deepEqual(usage.unresolvedAppIds, ['unknown'])
  assert.deepEqual((await finished(usage.id)).data, {
    appStats: [{ appId: one.app, appUid: null, messageDestinations: 4 }],
  })

  const types = await svix.statistics.aggregateEventTypes()
  assert.equal(types.task, 'event-type.aggregate')
  const { data } = await finished(types.id)
  const found = (data['event_types'] as { appId: string }[]).find(({ appId }) => appId === one.app)
  assert.deepEqual(found, {
    appId: one.app,
    explicitlySubscribedEventTypes: ['wanted'],
    hasCatchAllEndpoint: true,
  })
})

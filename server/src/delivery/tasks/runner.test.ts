import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../../../test/database.ts'
import { manualRuns, seedReplay } from '../../../test/seeded-replays.ts'
import { until } from '../../../test/until.ts'
import { newUuid, toUuid } from '../../domain/ids.ts'
import type { BackgroundTask, NewTask } from '../../domain/task.ts'
import type { Store } from '../../store/connect.ts'
import { claimTask, type Step, takeStep } from '../../store/task-steps.ts'
import { getTask, insertTask } from '../../store/tasks.ts'
import { createTaskRunner } from './runner.ts'
import { takeTaskStep } from './step.ts'

type Seeded = Awaited<ReturnType<typeof seedReplay>>
const LEASE_MS = 60_000
const kill = new Error('killed')

async function started(failed: number) {
  const store = await testDatabase()
  const seeded = await seedReplay(store)
  for (let left = failed; left > 0; left -= 1_000) await seeded.sent(500, {}, Math.min(left, 1_000))
  const task = await insertTask(
    store.db,
    seeded.application.environmentId,
    seeded.replayOf('endpoint.recover'),
  )
  return { store, seeded, task }
}

function start(store: Store, { step = takeTaskStep, leaseMs = LEASE_MS } = {}) {
  const troubles: unknown[] = []
  const telemetry = {
    trouble: (_: string, error: unknown) => void troubles.push(error),
    bestEffort: async (_: string, work: () => Promise<unknown>) => void (await work()),
  }
  const options = { store, telemetry, step, stepped: () => {}, pollMs: 20, leaseMs }
  return { ...createTaskRunner(options), troubles }
}

const read = (store: Store, { application }: Seeded, { id }: BackgroundTask) =>
  getTask(store.db, application.environmentId, id)

async function finished(store: Store, seeded: Seeded, task: BackgroundTask) {
  const isDone = async () => (await read(store, seeded, task)).status === 'finished'
  await until('the task is finished', isDone, { within: 30_000 })
}

/** As if the time of its runner were over. */
const endLease = (store: Store) => store.pool.query('update background_task set due_at = now()')

/** Each failed message has exactly one manual run. */
async function assertOnce(store: Store, { endpoint }: Seeded, count: number) {
  const runs = await manualRuns(store, endpoint.id)
  assert.equal(runs.length, count)
  assert.equal(new Set(runs).size, count)
}

test('a recover of several steps sends each failed message once, and says how many', async () => {
  const { store, seeded, task } = await started(1_203)
  const runner = start(store)
  await finished(store, seeded, task)
  await runner.stop()
  await assertOnce(store, seeded, 1_203)
  const { data, cursor } = await read(store, seeded, task)
  assert.deepEqual([data, cursor], [{ messagesSent: 1_203 }, null])
})

test('a step that dies before its commit leaves no run and no progress; the next runner takes it', async () => {
  const { store, seeded, task } = await started(1_200)
  const dying = { id: newUuid(), leaseMs: LEASE_MS }
  await claimTask(store.db, dying)
  await takeStep(store.db, task.id, { runner: dying, step: takeTaskStep })
  assert.equal((await seeded.manualRuns()).length, 500)
  const cursor = (await read(store, seeded, task)).cursor

  await claimTask(store.db, dying)
  const step: Step = async (tx, given) => {
    await takeTaskStep(tx, given)
    throw kill
  }
  await assert.rejects(takeStep(store.db, task.id, { runner: dying, step }), kill)
  assert.equal((await seeded.manualRuns()).length, 500)
  assert.deepEqual((await read(store, seeded, task)).cursor, cursor)

  await endLease(store)
  const runner = start(store)
  await finished(store, seeded, task)
  await runner.stop()
  await assertOnce(store, seeded, 1_200)
})

test('a leased task is hidden until its lease ends, and its first runner can then do nothing more', async () => {
  const { store, seeded, task } = await started(3)
  const frozen = { id: newUuid(), leaseMs: 2_000 }
  const other = { id: newUuid(), leaseMs: LEASE_MS }
  assert.equal(await claimTask(store.db, frozen), task.id)
  assert.equal(await claimTask(store.db, other), null)
  await until('the lease ends', () => claimTask(store.db, other))
  assert.equal(await takeStep(store.db, task.id, { runner: frozen, step: takeTaskStep }), null)
  assert.deepEqual(await seeded.manualRuns(), [])
  await takeStep(store.db, task.id, { runner: other, step: takeTaskStep })
  await assertOnce(store, seeded, 3)
})

test('four runners on two tasks of one endpoint neither skip nor repeat', async () => {
  const { store, seeded, task } = await started(1_400)
  const { environmentId } = seeded.application
  const second = await insertTask(store.db, environmentId, seeded.replayOf('endpoint.recover'))
  const runners = [1, 2, 3, 4].map(() => start(store))
  await finished(store, seeded, task)
  await finished(store, seeded, second)
  for (const runner of runners) await runner.stop()
  await assertOnce(store, seeded, 1_400)
  const counts = [task, second].map(async (each) => (await read(store, seeded, each)).data)
  const [one, two] = (await Promise.all(counts)).map((data) => Number(data['messagesSent']))
  assert.equal(one! + two!, 1_400)
})

test('no more than 2,000 runs wait at a time; the rest follows as they are sent', async () => {
  const { store, seeded, task } = await started(2_600)
  const runner = start(store)
  await until('it has sent what fits', async () => (await seeded.manualRuns()).length === 2_000)
  await new Promise((resolve) => setTimeout(resolve, 700))
  assert.equal((await seeded.manualRuns()).length, 2_000)
  assert.equal((await read(store, seeded, task)).status, 'running')
  const { rowCount } = await store.pool.query('delete from pending_delivery where resend > 0')
  assert.equal(rowCount, 2_000)
  await finished(store, seeded, task)
  await runner.stop()
  await assertOnce(store, seeded, 600)
})

test('an endpoint that is switched off on the way ends the task as failed', async () => {
  const { store, seeded, task } = await started(1)
  await store.pool.query('update endpoint set disabled = true')
  const runner = start(store)
  await until('it failed', async () => (await read(store, seeded, task)).status === 'failed')
  await runner.stop()
  const { data } = await read(store, seeded, task)
  assert.deepEqual(data, { messagesSent: 0, error: 'endpoint_disabled' })
})

test('a step that fails by our own fault is taken again later, and in the end the task fails', async () => {
  const { store, seeded, task } = await started(1)
  const runner = start(store, { step: () => Promise.reject(kill) })
  const soon = 'update background_task set due_at = now() where leased_by is null'
  await until('it is given up', async () => {
    await store.pool.query(soon)
    return (await read(store, seeded, task)).status === 'failed'
  })
  await runner.stop()
  assert.equal(runner.troubles.length, 12)
  assert.deepEqual((await read(store, seeded, task)).data, { error: 'server_error' })
})

test('expunging everything erases every payload there was, and no later one', async () => {
  const { store, seeded } = await started(1_500)
  const { application } = seeded
  const wanted: NewTask = {
    kind: 'application.purge_content',
    parameters: { applicationId: application.id, until: new Date(Date.now() + 1).toISOString() },
  }
  await new Promise((resolve) => setTimeout(resolve, 5))
  const [later] = await seeded.send(1)
  const task = await insertTask(store.db, application.environmentId, wanted)
  const runner = start(store)
  await finished(store, seeded, task)
  await runner.stop()
  assert.deepEqual((await read(store, seeded, task)).data, { messagesPurged: 1_500 })
  const { rows } = await store.pool.query('select id from message where payload is not null')
  assert.deepEqual(rows, [{ id: toUuid(later!) }])
})

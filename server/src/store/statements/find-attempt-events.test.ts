// What operators are told of attempts is stored with the results: once, whatever is repeated, and only
// where somebody listens.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { testDatabase } from '../../../test/database.ts'
import { NODE, newMessage, OTHER_NODE, seedApplication, seedEndpoint } from '../../../test/seed.ts'
import type { RunKey, Verdict } from '../../domain/delivery.ts'
import { newId, timeOf, toId, toUuid } from '../../domain/ids.ts'
import { operationalApplicationId } from '../../domain/operational.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { ensureOperationalApplication } from '../applications.ts'
import { acceptMessages } from './accept-messages.ts'
import { type RunResult, recordOutcomes } from './record-outcomes.ts'

const store = await testDatabase()
const application = await seedApplication(store, 'shop-1')
const hidden = operationalApplicationId(application.environmentId)
await ensureOperationalApplication(store.db, application.environmentId)

const refused: Outcome = {
  kind: 'failed',
  durationMs: 5,
  failure: { code: 'http_status', message: '' },
  answer: { status: 503, headers: [], body: Buffer.alloc(0), bodyCut: false },
}
const delivered: Outcome = {
  kind: 'delivered',
  durationMs: 5,
  answer: { status: 200, headers: [], body: Buffer.alloc(0), bodyCut: false },
}
const FAILING: Verdict = { status: 'retry', delayMs: 60_000, attempts: 4 }
const EXHAUSTED: Verdict = { status: 'failed', reason: 'exhausted', attempts: 8 }

async function seedRun(applicationId = application.id, eventId: string | null = null) {
  const endpoint = await seedEndpoint(store, applicationId)
  const message = newMessage(application.environmentId, { id: applicationId }, { eventId })
  await acceptMessages(store.hot, [message], { nodeId: NODE, room: 100, full: [] })
  return { messageId: message.id, endpointId: endpoint.id, resend: 0 }
}

const made = (run: RunKey, verdict: Verdict, outcome: Outcome = refused): RunResult => ({
  run,
  nodeId: NODE,
  verdict,
  attempt: { id: newId('attempt'), url: 'http://127.0.0.1/', requestHeaders: [], outcome },
})

type Told = { type: string; data: object; endpoint: string }
async function told(): Promise<Told[]> {
  const { rows } = await store.pool.query<{ payload: Buffer; endpoint_id: string }>(
    `select m.payload, p.endpoint_id from message m join pending_delivery p on p.message_id = m.id
      where m.application_id = $1 and p.leased_by is null and p.due_at <= now() order by m.id`,
    [toUuid(hidden)],
  )
  return rows.map(({ payload, endpoint_id }) => ({
    ...(JSON.parse(payload.toString()) as Omit<Told, 'endpoint'>),
    endpoint: toId('endpoint', endpoint_id),
  }))
}

beforeEach(async () => {
  await store.pool.query('delete from pending_delivery')
  await store.pool.query('delete from finished_delivery')
  await store.pool.query('delete from message')
  await store.pool.query('update endpoint set deleted_at = now()')
})

test('where nobody listens nothing is told, and the result is recorded', async () => {
  const run = await seedRun()
  assert.equal(await recordOutcomes(store.hot, [made(run, FAILING)]), false)
  assert.deepEqual(await told(), [])
  const { rows } = await store.pool.query('select attempts from pending_delivery')
  assert.deepEqual(rows, [{ attempts: 4 }])
})

test('an event is stored with the result, for those who listen to its type', async () => {
  const all = await seedEndpoint(store, hidden)
  const failing = await seedEndpoint(store, hidden, { eventTypes: ['message.attempt.failing'] })
  await seedEndpoint(store, hidden, { eventTypes: ['endpoint.created'] })
  await seedEndpoint(store, hidden, { disabled: true })
  const run = await seedRun(application.id, 'event-1')
  const quiet = await seedRun()
  const result = made(run, FAILING)
  const others = [
    made(quiet, { status: 'succeeded', attempts: 1 }, delivered),
    made(await seedRun(), { status: 'retry', delayMs: 60_000, attempts: 3 }),
  ]
  assert.equal(await recordOutcomes(store.hot, [others[0]!, result, others[1]!]), true)
  const data = {
    appId: application.id,
    appUid: 'shop-1',
    msgId: run.messageId,
    msgEventId: 'event-1',
    endpointId: run.endpointId,
    lastAttempt: {
      id: result.attempt!.id,
      responseStatusCode: 503,
      timestamp: timeOf(result.attempt!.id).toISOString(),
    },
  }
  const event = { type: 'message.attempt.failing', data }
  const byEndpoint = (a: Told, b: Told) => (a.endpoint < b.endpoint ? -1 : 1)
  assert.deepEqual(
    (await told()).toSorted(byEndpoint),
    [
      { ...event, endpoint: all.id },
      { ...event, endpoint: failing.id },
    ].toSorted(byEndpoint),
  )
})

test('recording the same batch twice tells it once', async () => {
  await seedEndpoint(store, hidden)
  const batch = [made(await seedRun(), FAILING), made(await seedRun(), EXHAUSTED)]
  assert.equal(await recordOutcomes(store.hot, batch), true)
  assert.equal(await recordOutcomes(store.hot, batch), false)
  assert.deepEqual((await told()).map(({ type }) => type).toSorted(), [
    'message.attempt.exhausted',
    'message.attempt.failing',
  ])
})

test('a run that another node took since tells nothing', async () => {
  await seedEndpoint(store, hidden)
  const run = await seedRun()
  await store.pool.query('update pending_delivery set leased_by = $1', [OTHER_NODE])
  assert.equal(await recordOutcomes(store.hot, [made(run, EXHAUSTED)]), false)
  assert.deepEqual(await told(), [])
})

test('a record that fails tells nothing: they are one statement', async () => {
  await seedEndpoint(store, hidden)
  const run = await seedRun()
  const broken = made(run, EXHAUSTED)
  // A NUL is the one character that PostgreSQL cannot store.
  broken.attempt = { ...broken.attempt!, url: 'http://127.0.0.1/\0' }
  await assert.rejects(recordOutcomes(store.hot, [broken]))
  assert.deepEqual(await told(), [])
  assert.equal((await store.pool.query('select from finished_delivery')).rowCount, 0)
})

test("an operational webhook's own failure is not told", async () => {
  await seedEndpoint(store, hidden)
  const endpoint = await seedEndpoint(store, hidden)
  await recordOutcomes(store.hot, [made(await seedRun(), EXHAUSTED)])
  const { rows } = await store.pool.query<{ message_id: string }>(
    'update pending_delivery set leased_by = $1 where endpoint_id = $2 returning message_id',
    [NODE, toUuid(endpoint.id)],
  )
  const messageId = toId('message', rows[0]!.message_id)
  const own = made({ messageId, endpointId: endpoint.id, resend: 0 }, EXHAUSTED)
  assert.equal(await recordOutcomes(store.hot, [own]), false)
  assert.equal((await told()).length, 1)
})

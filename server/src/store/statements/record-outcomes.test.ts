import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../../../test/database.ts'
import { NODE, newMessage, OTHER_NODE, seedApplication, seedEndpoint } from '../../../test/seed.ts'
import type { RunKey, Verdict } from '../../domain/delivery.ts'
import { newId, toUuid } from '../../domain/ids.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { insertResend } from '../deliveries.ts'
import { acceptMessages } from './accept-messages.ts'
import { claimDeliveries } from './claim-deliveries.ts'
import { type RunResult, recordOutcomes } from './record-outcomes.ts'

const store = await testDatabase()
const delivered: Outcome = {
  kind: 'delivered',
  durationMs: 5,
  answer: { status: 200, headers: [['x', 'y']], body: Buffer.from('ok'), bodyCut: false },
}
const refused: Outcome = {
  kind: 'failed',
  durationMs: 5.4,
  failure: { code: 'connect_failed', message: 'Could not connect.', operatorNote: 'ECONNREFUSED' },
}
const SUCCEEDED: Verdict = { status: 'succeeded', attempts: 1 }
const RETRY: Verdict = { status: 'retry', delayMs: 60_000, attempts: 1 }
const EXHAUSTED: Verdict = { status: 'failed', reason: 'exhausted', attempts: 1 }

async function seedRun(): Promise<RunKey> {
  const { id, environmentId } = await seedApplication(store)
  const endpoint = await seedEndpoint(store, id)
  const message = newMessage(environmentId, { id })
  await acceptMessages(store.hot, [message], { nodeId: NODE, room: 10, full: [] })
  return { messageId: message.id, endpointId: endpoint.id, resend: 0 }
}

async function seedResend({ messageId, endpointId }: RunKey): Promise<RunKey> {
  await insertResend(store.db, messageId, endpointId)
  const claim = { room: 100, perEndpoint: 100, full: [], cursor: null }
  const { runs } = await claimDeliveries(store.hot, { nodeId: NODE, ...claim })
  const run = runs
    .map((claimed) => claimed.run)
    .find((r) => r.messageId === messageId && r.resend > 0)
  assert.ok(run)
  return run
}

const made = (run: RunKey, verdict: Verdict, outcome: Outcome): RunResult => ({
  run,
  nodeId: NODE,
  verdict,
  attempt: { id: newId('attempt'), url: 'http://127.0.0.1/', requestHeaders: ['a', 'b'], outcome },
})

const rowsOf = async (run: RunKey) => {
  const at = ['message_id', 'endpoint_id'] as const
  const select = (table: 'pending_delivery' | 'finished_delivery' | 'attempt') =>
    store.db
      .selectFrom(table)
      .selectAll()
      .where(at[0], '=', toUuid(run.messageId))
      .where(at[1], '=', toUuid(run.endpointId))
      .execute()
  return {
    pending: (await select('pending_delivery')) as {
      resend: string
      leased_by: string | null
      attempts: number
      due_at: Date
    }[],
    finished: (await select('finished_delivery')) as { status: number; reason: string | null }[],
    attempts: (await select('attempt')) as {
      succeeded: boolean
      response_body: Buffer | null
      duration_ms: number
    }[],
  }
}

test('a success finishes the delivery and keeps the attempt', async () => {
  const run = await seedRun()
  await recordOutcomes(store.hot, [made(run, SUCCEEDED, delivered)])
  const { pending, finished, attempts } = await rowsOf(run)
  assert.deepEqual(pending, [])
  assert.deepEqual(
    finished.map(({ status, reason }) => [status, reason]),
    [[1, null]],
  )
  assert.deepEqual(
    attempts.map((a) => [a.succeeded, a.response_body?.toString()]),
    [[true, 'ok']],
  )
})

test('a failure with a retry left is free again and due later', async () => {
  const run = await seedRun()
  await recordOutcomes(store.hot, [made(run, RETRY, refused)])
  const { pending, finished, attempts } = await rowsOf(run)
  assert.equal(pending.length, 1)
  assert.equal(pending[0]?.leased_by, null)
  assert.equal(pending[0]?.attempts, 1)
  assert.ok(pending[0]!.due_at.getTime() > Date.now() + 50_000)
  assert.deepEqual(finished, [])
  assert.equal(attempts[0]?.succeeded, false)
})

test('a result of a run that another node took since changes nothing but is noted', async () => {
  const run = await seedRun()
  await store.pool.query('update pending_delivery set leased_by = $1 where leased_by = $2', [
    OTHER_NODE,
    NODE,
  ])
  await recordOutcomes(store.hot, [made(run, SUCCEEDED, delivered)])
  const { pending, finished, attempts } = await rowsOf(run)
  assert.equal(pending[0]?.leased_by, OTHER_NODE)
  assert.deepEqual(finished, [])
  assert.equal(attempts.length, 1)
})

test('recording the same batch twice is recording it once', async () => {
  const runs = [await seedRun(), await seedRun()]
  const batch = [made(runs[0]!, SUCCEEDED, delivered), made(runs[1]!, RETRY, refused)]
  await recordOutcomes(store.hot, batch)
  await assert.rejects(recordOutcomes(store.hot, batch), { code: '23505' })
  await recordOutcomes(store.hot, batch, { isRepeated: true })
  assert.equal((await rowsOf(runs[0]!)).attempts.length, 1)
  assert.equal((await rowsOf(runs[1]!)).attempts.length, 1)
  assert.equal((await rowsOf(runs[1]!)).pending[0]?.attempts, 1)
})

test('a resend that succeeds ends the schedule, one that fails leaves it', async () => {
  const run = await seedRun()
  await recordOutcomes(store.hot, [made(run, RETRY, refused)])
  await recordOutcomes(store.hot, [made(await seedResend(run), EXHAUSTED, refused)])
  const between = await rowsOf(run)
  assert.deepEqual(
    between.pending.map((row) => row.resend),
    ['0'],
  )
  assert.deepEqual(between.finished, [])
  await recordOutcomes(store.hot, [made(await seedResend(run), SUCCEEDED, delivered)])
  const end = await rowsOf(run)
  assert.deepEqual(end.pending, [])
  assert.deepEqual(
    end.finished.map(({ status }) => status),
    [1],
  )
})

test('a resend of a failed delivery that succeeds makes it succeeded; a later failure does not undo that', async () => {
  const run = await seedRun()
  await recordOutcomes(store.hot, [made(run, EXHAUSTED, refused)])
  assert.deepEqual(
    (await rowsOf(run)).finished.map((r) => r.reason),
    ['exhausted'],
  )
  await recordOutcomes(store.hot, [made(await seedResend(run), SUCCEEDED, delivered)])
  await recordOutcomes(store.hot, [made(await seedResend(run), EXHAUSTED, refused)])
  const { finished, attempts } = await rowsOf(run)
  assert.deepEqual(
    finished.map(({ status, reason }) => [status, reason]),
    [[1, null]],
  )
  assert.equal(attempts.length, 3)
})

test('the schedule and a resend of one delivery may come back in one batch', async () => {
  const run = await seedRun()
  const resend = await seedResend(run)
  await recordOutcomes(store.hot, [
    made(run, EXHAUSTED, refused),
    made(resend, SUCCEEDED, delivered),
  ])
  const { pending, finished } = await rowsOf(run)
  assert.deepEqual(pending, [])
  assert.deepEqual(
    finished.map(({ status }) => status),
    [1],
  )
})

test('no more than 20,000 bytes of an answer are kept', async () => {
  const run = await seedRun()
  const answer = { status: 200, headers: [], body: Buffer.alloc(30_000, 'x'), bodyCut: true }
  await recordOutcomes(store.hot, [made(run, SUCCEEDED, { ...delivered, answer })])
  assert.equal((await rowsOf(run)).attempts[0]?.response_body?.length, 20_000)
})

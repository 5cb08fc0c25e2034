import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../../test/database.ts'
import { seedEndpoint } from '../../test/seed.ts'
import { seedReplay } from '../../test/seeded-replays.ts'
import { type MessageId, toUuid } from '../domain/ids.ts'
import type { DeliveryFilter, Replay } from '../domain/task.ts'
import { insertResend } from './deliveries.ts'
import { expungePayload } from './messages.ts'
import { countReplay, insertResends, pickReplayPart } from './replays.ts'

const store = await testDatabase()
const uuidsOf = (messages: MessageId[]) => messages.map(toUuid)
const size = { limit: 100, scanned: 100 }
const picked = async (replay: Replay) =>
  (await pickReplayPart(store.db, replay, { after: null, size })).messages

test('recover takes what failed and never succeeded', async () => {
  const { sent, end, replayOf } = await seedReplay(store)
  const failed = await sent(500)
  await sent(200)
  const resent = await sent(500)
  await store.pool.query(
    `insert into pending_delivery (message_id, endpoint_id, resend, due_at, leased_by)
     select message_id, endpoint_id, 77, now(), '00000000-0000-7000-8000-00000000000a'
       from finished_delivery where message_id = $1`,
    [toUuid(resent[0]!)],
  )
  await end(resent, 200, 77)
  assert.deepEqual(await picked(replayOf('endpoint.recover')), uuidsOf(failed))
})

test('recover leaves out what is still on its schedule, waits for a manual run, or lost its payload', async () => {
  const { send, sent, endpoint, replayOf } = await seedReplay(store)
  await send(1)
  const [waiting, expunged] = await sent(500, {}, 2)
  await insertResend(store.db, waiting!, endpoint.id)
  await expungePayload(store.db, expunged!)
  assert.deepEqual(await picked(replayOf('endpoint.recover')), [])
})

test('recover takes what ended because the endpoint was off, and not what was cancelled', async () => {
  const { sent, replayOf } = await seedReplay(store)
  const [off, cancelled] = await sent(500, {}, 2)
  const end = 'update finished_delivery set status = 3, reason = $2 where message_id = $1'
  await store.pool.query(end, [toUuid(off!), 'endpoint_disabled'])
  await store.pool.query(end, [toUuid(cancelled!), 'cancelled'])
  assert.deepEqual(await picked(replayOf('endpoint.recover')), uuidsOf([off!]))
})

test('a message of the first moment is in the span, one of the last is not', async () => {
  const { sent, replayOf } = await seedReplay(store)
  const [message] = await sent(500)
  const time = new Date(Number.parseInt(toUuid(message!).replace('-', '').slice(0, 12), 16))
  const { parameters, kind } = replayOf('endpoint.recover') as Extract<
    Replay,
    { kind: 'endpoint.recover' }
  >
  const at = (since: number, until: number) =>
    picked({
      kind,
      parameters: {
        ...parameters,
        since: new Date(time.getTime() + since).toISOString(),
        until: new Date(time.getTime() + until).toISOString(),
      },
    })
  assert.deepEqual(await at(0, 1), uuidsOf([message!]))
  assert.deepEqual(await at(1, 10), [])
  assert.deepEqual(await at(-10, 0), [])
})

test('missing is what was never tried here and would match now', async () => {
  const { sent, application } = await seedReplay(store)
  await sent(200, { eventType: 'b' }, 3)
  const old = await sent(200, { eventType: 'a', channels: ['x'] }, 2)
  await sent(200, { eventType: 'a' })
  const [gone] = await sent(200, { eventType: 'a', channels: ['x'] })
  await expungePayload(store.db, gone!)
  const late = await seedEndpoint(store, application.id, { eventTypes: ['a'], channels: ['x'] })
  await sent(200, { eventType: 'a', channels: ['x'] })
  const replay: Replay = {
    kind: 'endpoint.replay',
    parameters: {
      applicationId: application.id,
      endpointId: late.id,
      since: new Date(0).toISOString(),
      until: new Date(Date.now() + 1000).toISOString(),
    },
  }
  assert.deepEqual(await picked(replay), uuidsOf(old))
  assert.equal(await countReplay(store.db, replay), 2)
})

test('what ended before its first attempt because the endpoint was off was never tried', async () => {
  const { send, sent, parameters } = await seedReplay(store)
  await sent(500)
  const untried = await send(1)
  await store.pool.query('delete from pending_delivery where message_id = $1', [
    toUuid(untried[0]!),
  ])
  await store.pool.query(
    `insert into finished_delivery (message_id, endpoint_id, status, reason, attempts)
     values ($1, $2, 3, 'endpoint_disabled', 0)`,
    [toUuid(untried[0]!), toUuid(parameters.endpointId)],
  )
  assert.deepEqual(await picked({ kind: 'endpoint.replay', parameters }), uuidsOf(untried))
})

test('a bulk replay takes successes too, narrowed by what is asked for', async () => {
  const { sent, parameters } = await seedReplay(store)
  const good = await sent(200, { eventType: 'a', channels: ['c'], tags: ['t'] })
  const missing = await sent(404, { eventType: 'a' })
  const bad = await sent(500, { eventType: 'b' })
  const none = { eventTypes: null, channel: null, tag: null, status: null, statusClass: null }
  const cases: [Partial<DeliveryFilter>, MessageId[]][] = [
    [{}, [...good, ...missing, ...bad]],
    [{ eventTypes: ['a'] }, [...good, ...missing]],
    [{ channel: 'c' }, good],
    [{ tag: 't' }, good],
    [{ tag: 'c' }, []],
    [{ status: 'succeeded' }, good],
    [{ status: 'failed' }, [...missing, ...bad]],
    [{ status: 'pending' }, []],
    [{ status: 'cancelled' }, []],
    [{ statusClass: 400 }, missing],
    [{ statusClass: 0 }, []],
    [{ statusClass: 500, eventTypes: ['a'] }, []],
  ]
  for (const [filter, messages] of cases) {
    const replay: Replay = {
      kind: 'endpoint.bulk-replay',
      parameters: { ...parameters, ...none, ...filter },
    }
    assert.deepEqual(await picked(replay), uuidsOf(messages), JSON.stringify(filter))
  }
})

test('parts follow each other without a gap, whether full or looked through', async () => {
  const { sent, endpoint, replayOf } = await seedReplay(store)
  const failed: MessageId[] = []
  for (let round = 0; round < 4; round++) {
    failed.push(...(await sent(500, {}, 3)))
    await sent(200, {}, 4)
  }
  for (const size of [
    { limit: 2, scanned: 100 },
    { limit: 100, scanned: 3 },
    { limit: 2, scanned: 3 },
  ]) {
    const all: string[] = []
    let after: string | null = null
    do {
      const part: Awaited<ReturnType<typeof pickReplayPart>> = await pickReplayPart(
        store.db,
        replayOf('endpoint.recover'),
        { after, size },
      )
      all.push(...part.messages)
      after = part.next
    } while (after !== null)
    assert.deepEqual(all, uuidsOf(failed), JSON.stringify(size))
  }
  await insertResends(store.db, endpoint.id, uuidsOf(failed))
  assert.equal(await countReplay(store.db, replayOf('endpoint.recover')), 0)
})

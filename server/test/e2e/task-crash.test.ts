// kill -9 in the middle of a replay: it goes on where it was, skips nothing, and repeats no more than
// what was in flight.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Svix } from 'svix'
import { LANE_LIMITS } from '../../src/delivery/engine.ts'
import { audit, drained } from '../audit.ts'
import { newDataDir, type Server, startServer } from '../process.ts'
import { createPublisher } from '../publisher.ts'
import { closedPort, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const MESSAGES = 4_000
const KILLS = 3
/** In flight to the one endpoint, and answered but not yet recorded: two batches at most. */
const DUPLICATES_PER_KILL = LANE_LIMITS.maxInFlightPerEndpoint + 2 * 500

test('a replay survives kill -9 of its node', async (t) => {
  const receiver = await startReceiver(() => ({ delayMs: 30 }))
  const dataDir = await newDataDir()
  const env = { BELLWIRE_PORT: String(await closedPort()), BELLWIRE_DATA_DIR: dataDir }
  let server: Server = await startServer(env)
  const client = () => new Svix(server.token, { serverUrl: server.url })
  const { id: app } = await client().application.create({ name: 'crash' })
  const publisher = createPublisher({ ...server, app })
  const { ledger, done } = publisher.publish('replayed', MESSAGES)
  await done
  await publisher.close()

  const since = new Date(Date.now() - 3_600_000)
  const endpoint = await client().endpoint.create(app, { url: receiver.url })
  const task = await client().endpoint.replayMissing(app, endpoint.id, { since })
  const progress: number[] = []
  const read = async () => {
    const { status, data } = await client().backgroundTask.get(task.id)
    progress.push(Number(data['messagesSent'] ?? 0))
    return status
  }
  for (let kill = 1; kill <= KILLS; kill++) {
    const moment = receiver.received.length + 400
    await until('some have come', () => receiver.received.length >= moment, { within: 30_000 })
    await read()
    await server.end()
    const startedAt = performance.now()
    server = await startServer(env)
    t.diagnostic(`ready again after ${Math.round(performance.now() - startedAt)} ms`)
    await read()
  }
  await until('the replay is finished', async () => (await read()) === 'finished', {
    within: 90_000,
    every: 100,
  })
  await drained(dataDir)

  t.diagnostic(`progress at the kills: ${progress.slice(0, KILLS * 2)}`)
  assert.deepEqual(
    progress,
    progress.toSorted((a, b) => a - b),
    'progress never goes back',
  )
  assert.equal(progress.at(-1), MESSAGES, 'no message was skipped or counted twice')
  const { lost, duplicates } = audit(receiver.received, [ledger], ['/hook'])
  t.diagnostic(`${duplicates} duplicates, allowed ${KILLS * DUPLICATES_PER_KILL}`)
  assert.deepEqual(lost, [])
  assert.ok(duplicates <= KILLS * DUPLICATES_PER_KILL)
})

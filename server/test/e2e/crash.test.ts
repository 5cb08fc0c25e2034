// kill -9 under load, of the server and of its database: what was acknowledged arrives, and what
// arrives twice is bounded by what was in flight.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Svix } from 'svix'
import { LANE_LIMITS } from '../../src/delivery/engine.ts'
import { audit, drained } from '../audit.ts'
import { answers, newDataDir, postmasterOf, type Server, startServer } from '../process.ts'
import { createPublisher, type Ledger, LONGEST_MS, summary } from '../publisher.ts'
import { closedPort, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const MESSAGES = 5_000
const PATHS = ['/hook/one', '/hook/two']
/** In flight, and answered but not yet recorded: two batches are on their way at most. */
const DUPLICATES_PER_KILL = LANE_LIMITS.maxInFlight + 2 * 500

// A moment for each answer, so that there is always something in flight to be killed.
const receiver = await startReceiver(() => ({ delayMs: 20 }))
const dataDir = await newDataDir()
const env = {
  BELLWIRE_PORT: String(await closedPort()),
  BELLWIRE_DATA_DIR: dataDir,
  BELLWIRE_RETRY_SCHEDULE: '1,1,2,2',
}
let server: Server = await startServer(env)
const svix = new Svix(server.token, { serverUrl: server.url })
const { id: app } = await svix.application.create({ name: 'crash' })
for (const path of ['one', 'two'])
  await svix.endpoint.create(app, { url: `${receiver.url}/${path}` })
const publisher = createPublisher({ ...server, app })

const ledgers: Ledger[] = []
let duplicatesBefore = 0

test('three times kill -9 of the server under load: nothing acknowledged is lost', async (t) => {
  for (let round = 1; round <= 3; round++) {
    const { ledger, done } = publisher.publish(`kill-${round}`, MESSAGES)
    ledgers.push(ledger)
    const moment = Math.round(MESSAGES * (0.2 + Math.random() * 0.6))
    await until('the moment has come', () => ledger.accepted.size >= moment, { within: 120_000 })
    await server.end()
    const startedAt = performance.now()
    server = await startServer(env)
    const startMs = Math.round(performance.now() - startedAt)
    await done
    t.diagnostic(`killed at ${moment}, ready again after ${startMs} ms: ${summary(ledger)}`)
  }
  await drained(dataDir)
  const { lost, duplicates } = audit(receiver.received, ledgers, PATHS)
  t.diagnostic(`${duplicates} duplicates, allowed ${3 * DUPLICATES_PER_KILL}`)
  assert.deepEqual(lost, [])
  assert.ok(duplicates <= 3 * DUPLICATES_PER_KILL)
  duplicatesBefore = duplicates
})

test('kill -9 of PostgreSQL under load: the server stays up and recovers by itself', async (t) => {
  const { ledger, done } = publisher.publish('postmaster', MESSAGES)
  ledgers.push(ledger)
  await until('half of them are in', () => ledger.accepted.size >= MESSAGES / 2, {
    within: 120_000,
  })
  const postmaster = postmasterOf(dataDir)
  assert.ok(postmaster !== null)
  process.kill(postmaster, 'SIGKILL')
  const killedAt = performance.now()
  await until('it says that it is not ready', () => answers(`${server.url}/readyz`, 503), {
    within: 5_000,
  })
  assert.ok(await answers(`${server.url}/healthz`), 'it is alive all the same')
  await until('it is ready again', () => answers(`${server.url}/readyz`))
  t.diagnostic(`ready again after ${Math.round(performance.now() - killedAt)} ms`)
  await done
  t.diagnostic(summary(ledger))
  assert.ok(server.isRunning())
  assert.ok(ledger.slowestMs < LONGEST_MS, 'no caller was left hanging')
  assert.notEqual(postmasterOf(dataDir), postmaster)

  await drained(dataDir)
  const { lost, duplicates } = audit(receiver.received, ledgers, PATHS)
  t.diagnostic(`${duplicates - duplicatesBefore} duplicates, allowed ${DUPLICATES_PER_KILL}`)
  assert.deepEqual(lost, [])
  assert.ok(duplicates - duplicatesBefore <= DUPLICATES_PER_KILL)
  await publisher.close()
})

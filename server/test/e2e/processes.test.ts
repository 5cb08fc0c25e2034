// BELLWIRE_PROCESSES: several processes behind one port on one database.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Svix } from 'svix'
import { LANE_LIMITS } from '../../src/delivery/engine.ts'
import { audit, drained } from '../audit.ts'
import { newDataDir, startServer } from '../process.ts'
import { createPublisher, summary } from '../publisher.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const MESSAGES = 3_000
const PATHS = ['/hook']

const receiver = await startReceiver(() => ({ delayMs: 20 }))
const dataDir = await newDataDir()
const server = await startServer({
  BELLWIRE_DATA_DIR: dataDir,
  BELLWIRE_PROCESSES: '2',
  BELLWIRE_RETRY_SCHEDULE: '1,1,2,2',
})
const svix = new Svix(server.token, { serverUrl: server.url })
const { id: app } = await svix.application.create({ name: 'processes' })
await svix.endpoint.create(app, { url: receiver.url })
const publisher = createPublisher({ ...server, app })

test('one of two processes is killed under load: the other goes on, it is started again, nothing is lost', async (t) => {
  const before = serving()
  assert.equal(before.length, 2)
  const { ledger, done } = publisher.publish('processes', MESSAGES)
  await until('a third of them are in', () => ledger.accepted.size >= MESSAGES / 3, {
    within: 120_000,
  })
  process.kill(before[0]!, 'SIGKILL')
  await until('another one serves in its place', () => {
    const now = serving()
    return now.length === 2 && !now.includes(before[0]!)
  })
  await done
  // What the dead one held is freed when it has been silent long enough.
  await drained(dataDir)
  const { lost, duplicates } = audit(receiver.received, [ledger], PATHS)
  t.diagnostic(`${summary(ledger)}; ${duplicates} duplicates`)
  assert.deepEqual(lost, [])
  assert.ok(duplicates <= LANE_LIMITS.maxInFlight + 2 * 500)
})

test('whichever process is asked, the figures are those of all', async () => {
  const before = await accepted()
  const { ledger, done } = publisher.publish('figures', 200)
  await done
  await drained(dataDir)
  assert.equal(ledger.accepted.size, 200)
  // The first process hands connections out in turn: both are asked.
  const seen = await Promise.all(Array.from({ length: 12 }, accepted))
  assert.deepEqual([...new Set(seen)], [before + 200])
  // What the database is late to say is left out of a scrape.
  const text = await until('the figures of the queue are there', async () => {
    const text = await scrape()
    return /^bellwire_nodes /m.test(text) && /^bellwire_queue_free /m.test(text) && text
  })
  assert.match(text, /^bellwire_processes 2$/m)
  // Both see the same two nodes, and there are not four.
  assert.match(text, /^bellwire_nodes 2$/m)
  assert.match(text, /^bellwire_queue_free 0$/m)
  assert.equal(text.match(/^# TYPE bellwire_messages_total/gm)?.length, 1)
})

test('SIGTERM stops all of them in order', async () => {
  const pids = serving()
  server.kill('SIGTERM')
  const { code } = await server.exited
  assert.equal(code, 0)
  await until('none is left', () => pids.every((pid) => parentOf(pid) !== server.pid))
  assert.match(server.stderr(), /"event":"server.stopped"/)
})

/** On a connection of its own, so that either process may get it. */
const scrape = async () =>
  (await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } })).text()

const accepted = async () =>
  Number(/^bellwire_messages_total\{result="accepted"\} (\d+)$/m.exec(await scrape())?.[1] ?? 0)

/** The processes that the first one has started and that are Bellwires themselves. */
function serving(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === server.pid && /\0serve\0/.test(commandOf(pid)))
}

function parentOf(pid: number): number {
  const stat = readProc(`/proc/${pid}/stat`)
  return Number(/\) . (\d+)/.exec(stat)?.[1] ?? Number.NaN)
}

const commandOf = (pid: number) => readProc(`/proc/${pid}/cmdline`)

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

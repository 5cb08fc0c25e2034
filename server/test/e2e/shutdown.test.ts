// How it ends when it is asked to, and who else may have the data directory meanwhile.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Svix } from 'svix'
import { audit, drained } from '../audit.ts'
import {
  bellwire,
  newDataDir,
  postmasterOf,
  runBellwire,
  SERVE_ENV,
  type Server,
  startServer,
} from '../process.ts'
import { createPublisher, summary } from '../publisher.ts'
import { closedPort, type Received, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const dataDir = await newDataDir()
const env = { BELLWIRE_DATA_DIR: dataDir }
const port = String(await closedPort())
const receiver = await startReceiver(() => ({ delayMs: 20 }))
let server: Server
let app: string

before(async () => {
  server = await startServer({ ...env, BELLWIRE_PORT: port })
  const svix = new Svix(server.token, { serverUrl: server.url })
  app = (await svix.application.create({ name: 'shutdown' })).id
  await svix.endpoint.create(app, { url: receiver.url })
})

test('SIGTERM under load: answers what it has taken in, exits with 0, and repeats nothing', async (t) => {
  const publisher = createPublisher({ ...server, app })
  const { ledger, done } = publisher.publish('term', 5_000)
  await until('the moment has come', () => ledger.accepted.size >= 2_000, { within: 120_000 })
  // No earlier: a request may take 30 s.
  const upload = await startUpload(new Agent())
  const signalledAt = performance.now()
  server.kill('SIGTERM')
  await until('it has understood', () => server.stderr().includes('server.stopping'))
  const answered = upload.finish()
  assert.deepEqual(await server.exited, { code: 0, signal: null })
  const took = Math.round(performance.now() - signalledAt)
  assert.equal((await answered).statusCode, 202, 'what was on its way in is still accepted')
  assert.equal(postmasterOf(dataDir), null, 'the database is stopped')
  assert.match(server.stderr(), /"event":"server.stopped"/)

  server = await startServer({ ...env, BELLWIRE_PORT: port })
  await done
  await drained(dataDir)
  const { lost, duplicates } = audit(receiver.received, [ledger], ['/hook'])
  const cut = ledger.unknown.filter(({ sentAt }) => sentAt < signalledAt)
  t.diagnostic(`stopped after ${took} ms; ${summary(ledger)}; ${duplicates} duplicates`)
  t.diagnostic(`${cut.length} requests sent before the signal got no answer`)
  assert.deepEqual(lost, [])
  assert.equal(duplicates, 0)
  assert.equal(ledger.repeated.size, 0, 'what got no answer was not taken in')
  assert.equal(receiver.received.filter(isUpload).length, 1)
  await publisher.close()
})

test('a second Bellwire in the data directory is refused and told whom to stop', async (t) => {
  const startedAt = performance.now()
  const second = await bellwire(['serve'], { ...SERVE_ENV, ...env })
  t.diagnostic(
    `refused after ${Math.round(performance.now() - startedAt)} ms: ${second.stderr.trim()}`,
  )
  assert.equal(second.code, 1)
  assert.match(second.stderr, new RegExp(`in use by another Bellwire, process ${server.pid} `))
  assert.ok(server.isRunning())
})

test('a connection that a client keeps open does not delay the stop', async () => {
  const upload = await startUpload(new Agent({ keepAlive: true }))
  const signalledAt = performance.now()
  server.kill('SIGTERM')
  await until('it has understood', () => server.stderr().includes('server.stopping'))
  const { statusCode, headers } = await upload.finish()
  await server.exited
  const took = performance.now() - signalledAt
  server = await startServer(env)
  assert.deepEqual([statusCode, headers.connection], [202, 'close'])
  // An idle connection may stay for 5 s, an attempt in flight for 25.
  assert.ok(took < 4_500, `stopped after ${Math.round(took)} ms`)
})

test('Ctrl-C twice does not wait for what is in flight; twice within a moment counts once', async () => {
  receiver.react(() => 'hang')
  const svix = new Svix(server.token, { serverUrl: server.url })
  await svix.message.create(app, { eventType: 'a.b', payload: {} })
  await until('a request is in flight', () => receiver.open() === 1)
  server.kill('SIGINT')
  server.kill('SIGINT')
  await until('it has understood', () => server.stderr().includes('server.stopping'))
  await sleep(600) // more than the moment; by then it would have ended if it did not wait
  assert.ok(server.isRunning(), 'it waits for the request in flight')
  const impatientAt = performance.now()
  server.kill('SIGINT')
  assert.deepEqual(await server.exited, { code: 130, signal: null })
  assert.ok(performance.now() - impatientAt < 5_000)
})

test('Ctrl-C while it starts leaves no PostgreSQL behind', async () => {
  const ownDir = await newDataDir()
  const run = runBellwire(['serve'], { ...SERVE_ENV, BELLWIRE_DATA_DIR: ownDir })
  const postmaster = () => postmasterOf(ownDir)
  await until('PostgreSQL runs', () => postmaster() !== null, { within: 30_000, every: 1 })
  run.kill('SIGINT')
  await run.exited
  await until('PostgreSQL is stopped too', () => postmaster() === null)
})

/** A message whose headers the server has seen, and whose body is still on its way. */
async function startUpload(agent: Agent) {
  const body = JSON.stringify({ eventType: 'a.b', payload: { eventId: 'upload' } })
  const { url, token } = server
  const sending = request(`${url}/api/v1/app/${app}/msg`, {
    method: 'POST',
    agent,
    headers: {
      authorization: `Bearer ${token}`,
      'content-length': body.length,
      expect: '100-continue',
    },
  })
  const answer = once(sending, 'response')
  answer.catch(() => {}) // told when it is awaited
  sending.flushHeaders()
  await once(sending, 'continue')
  sending.write(body.slice(0, 10))
  return {
    async finish() {
      sending.end(body.slice(10))
      const [response] = (await answer) as [IncomingMessage]
      response.resume()
      return response
    },
  }
}

const isUpload = ({ body }: Received) => body.includes('upload')

// What the log says of attempts, at each level: one JSON object a line, on stderr.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Svix } from 'svix'
import { answers, freePorts, newDataDir, type Run, runBellwire, SERVE_ENV } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

type Line = Record<string, string | number>

const linesOf = (server: Run): Line[] =>
  server
    .stderr()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

/** One message of which the first attempt fails and the second does not, and what was said of them. */
async function attempts(level: string) {
  const receiver = await startReceiver((_, count) => ({ status: count === 1 ? 503 : 204 }))
  const port = String(await freePorts())
  const server = runBellwire(['serve'], {
    ...SERVE_ENV,
    BELLWIRE_PORT: port,
    BELLWIRE_DATA_DIR: await newDataDir(),
    BELLWIRE_RETRY_SCHEDULE: '0.05',
    BELLWIRE_LOG_LEVEL: level,
  })
  const serverUrl = `http://127.0.0.1:${port}`
  // Not by its log: at some levels that does not say so.
  await until('it is ready', () => answers(`${serverUrl}/readyz`), {
    within: 30_000,
    or: server.stderr,
  })
  const token = SERVE_ENV['BELLWIRE_BOOTSTRAP_API_KEY']!
  const svix = new Svix(token, { serverUrl })
  const { id: app } = await svix.application.create({ name: 'logged' })
  const url = `${receiver.url}/path-secret?key=query-secret`
  const { id: endpoint } = await svix.endpoint.create(app, { url })
  const payload = { word: 'payload-secret' }
  const message = await svix.message.create(app, { eventType: 'a.b', payload })
  const made = await until('both attempts are recorded', async () => {
    const { data } = await svix.messageAttempt.listByMsg(app, message.id)
    return data.length === 2 && data.toReversed()
  })
  server.kill('SIGTERM')
  await server.exited
  for (const secret of ['payload-secret', 'path-secret', 'query-secret', token]) {
    assert.ok(!server.stderr().includes(secret), secret)
  }
  const lines = linesOf(server).filter(({ event }) => event === 'delivery.attempted')
  return { lines, ids: { messageId: message.id, endpointId: endpoint }, made }
}

test('at debug every attempt is one line with its ids, its outcome and what was decided', async () => {
  const { lines, ids, made } = await attempts('debug')
  assert.deepEqual(
    lines.map(({ time, durationMs, decision, ...line }) => {
      assert.ok(!Number.isNaN(Date.parse(String(time))))
      assert.ok(Number.isInteger(durationMs))
      // Of 0.05 s with its jitter, in tenths: "0 s" or "0.1 s".
      return { ...line, decision: String(decision).replace(/0(\.\d)?/, '…') }
    }),
    [
      {
        ...{ level: 30, event: 'delivery.attempted', ...ids, resend: 0, attemptId: made[0]!.id },
        ...{ attempt: 1, outcome: 'http_status', status: 503, decision: 'again in … s' },
      },
      {
        ...{ level: 20, event: 'delivery.attempted', ...ids, resend: 0, attemptId: made[1]!.id },
        ...{ attempt: 2, outcome: 'delivered', status: 204, decision: 'succeeded' },
      },
    ],
  )
})

test('at info only what failed is said', async () => {
  const info = await attempts('info')
  assert.deepEqual(
    info.lines.map(({ attemptId, outcome }) => ({ attemptId, outcome })),
    [{ attemptId: info.made[0]!.id, outcome: 'http_status' }],
  )
})

test('at warn nothing is said of attempts', async () => {
  const { lines } = await attempts('warn')
  assert.deepEqual(lines, [])
})

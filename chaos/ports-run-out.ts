// Runs in a network namespace of its own, whose few source ports it may use up: see F65. All that takes
// part is started in here. Prints its figures, or ends with what did not hold.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { newApplication } from './bulk-endpoints.ts'
import { type Run, sleep, until } from './fault.ts'
import { startPostgres } from './postgres.ts'
import { newStand, type Stand } from './stand.ts'

const PORTS = 64
/** Between those that `freePort` picks and the usual ones. */
const FIRST_PORT = 25_000
const ANSWER = 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'

/** Answers once a connection and leaves it to the caller to close it, who then waits with the port. */
async function startBrisk() {
  const seen = new Map<string, number>()
  const server = createServer((socket) => {
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      const id = /"eventId":"([^"]+)"/.exec(text)?.[1]
      if (id === undefined) return
      text = ''
      seen.set(id, (seen.get(id) ?? 0) + 1)
      socket.write(ANSWER)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, seen, url: `http://127.0.0.1:${port}/brisk`, stop: () => server.close() }
}

/** What the kernel says to one more connection; null when there was a port left. */
async function dial(port: number, keep?: Socket[]): Promise<string | null> {
  const socket = connect(port, '127.0.0.1')
  const code = await new Promise<string | null>((resolve) => {
    socket.once('connect', () => resolve(null))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
  if (code === null && keep !== undefined) keep.push(socket)
  else socket.destroy()
  return code
}

const localFailures = ({ node }: Stand) =>
  node.figure('bellwire_attempts_total{outcome="local_failure"}')

/** Nothing of it is the endpoint's fault: no attempt is stored, none is used up, no circuit opens. */
async function assertNoBlame({ sql, node }: Stand, url: string, count: number) {
  const [made] = await sql(
    `select count(*)::int as attempts, count(*) filter (where not succeeded)::int as failed
       from attempt where url = $1`,
    [url],
  )
  assert.deepEqual(made, { attempts: count, failed: 0 }, 'each took one attempt, none failed')
  const [finished] = await sql(
    `select max(attempts)::int as most, count(*) filter (where f.status <> 1)::int as lost
       from finished_delivery f join endpoint e on e.id = f.endpoint_id where e.url = $1`,
    [url],
  )
  assert.deepEqual(finished, { most: 1, lost: 0 }, 'no attempt is used up')
  const [endpoint] = await sql(
    'select disabled, disabled_reason as why from endpoint where url = $1',
    [url],
  )
  assert.deepEqual(endpoint, { disabled: false, why: null })
  assert.doesNotMatch(node.log(), /circuit\.opened|endpoint\.disabled/)
}

async function runOut(run: Run) {
  const postgres = await startPostgres()
  run.after(() => postgres.remove())
  // An endpoint that failed for a second would be switched off.
  const env = { BELLWIRE_DISABLE_AFTER: '1', BELLWIRE_REQUEST_TIMEOUT: '20' }
  const stand = await newStand(run, { paths: [], postgres, env })
  const { recorder, publisherOf, sql } = stand
  const brisk = await startBrisk()
  run.after(() => brisk.stop())
  const short = await newApplication(stand, [brisk.url])
  const kept = await newApplication(stand, [recorder.url('/ok/kept')])
  await writeFile(
    '/proc/sys/net/ipv4/ip_local_port_range',
    `${FIRST_PORT} ${FIRST_PORT + PORTS - 1}`,
  )

  // All ports are somebody else's, for longer than an endpoint may fail.
  const taken: Socket[] = []
  let refused: string | null = null
  while (refused === null) refused = await dial(brisk.port, taken)
  assert.equal(refused, 'EADDRNOTAVAIL')
  const first = await publisherOf(short.app).publish('taken', { count: 100, concurrency: 16 }).done
  await until('it is seen as trouble of our own', async () => (await localFailures(stand)) > 100)
  await sleep(3_000)
  const [{ used }] = (await sql('select max(attempts)::int as used from pending_delivery')) as [
    { used: number },
  ]
  assert.equal(used, 0, 'no attempt is used up')
  assert.equal(brisk.seen.size, 0)
  const whileTaken = await localFailures(stand)
  for (const socket of taken) socket.destroy()
  await stand.drained()

  // More short connections a second than there are ports: each is held for a second after its end.
  const paced = { count: 500, perSecond: 200, concurrency: 16 }
  const second = await publisherOf(short.app).publish('short', paced).done
  await stand.drained()
  const whileShort = (await localFailures(stand)) - whileTaken
  assert.ok(whileShort > 0, 'short connections use up the ports')
  const ids = [...first.accepted.keys(), ...second.accepted.keys()]
  assert.equal(ids.length, 600)
  assert.ok(
    ids.every((id) => brisk.seen.get(id) === 1),
    'each is delivered once',
  )
  await assertNoBlame(stand, brisk.url, 600)

  // As much again to a receiver that keeps its connections.
  const before = await localFailures(stand)
  const third = await publisherOf(kept.app).publish('kept', paced).done
  await stand.drained()
  const whileKept = (await localFailures(stand)) - before
  assert.equal((await recorder.took('kept-')).length, third.accepted.size)
  assert.ok(
    whileKept <= whileShort / 10,
    `${whileKept} with kept connections, ${whileShort} without`,
  )
  await assertNoBlame(stand, recorder.url('/ok/kept'), 500)
  return `${taken.length} ports: ${whileTaken} local failures while all are taken, ${whileShort} for 500 short connections, ${whileKept} for 500 messages on kept ones; no attempt used up, no endpoint blamed, ${ids.length + third.accepted.size} delivered once`
}

const closing: (() => unknown)[] = []
try {
  console.log(await runOut({ quick: false, after: (work) => closing.push(work) }))
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  for (const close of closing.reverse()) await close()
}

// Webhooks under load, at a server that is a process of its own: how long providers wait, and what is
// left of what they were told when it is killed.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Svix } from 'svix'
import { Pool } from 'undici'
import { drained } from '../audit.ts'
import { newDataDir, type Server, startServer } from '../process.ts'
import { githubHeaders, SECRET } from '../provider.ts'
import { closedPort, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

/** On a machine that can do three times as much at the moment. */
const MOST_PER_SECOND = 500
const WEBHOOKS = 3_000
/**
 * What the strictest provider waits. The aim is 50 ms, on a machine that does nothing else: here the
 * senders, the receiver and other tests share it.
 */
const LONGEST_MS = 3_000

const receiver = await startReceiver()
const dataDir = await newDataDir()
const env = {
  BELLWIRE_PORT: String(await closedPort()),
  BELLWIRE_DATA_DIR: dataDir,
  BELLWIRE_RETRY_SCHEDULE: '1,1,2,2',
}
let server: Server = await startServer(env)
const svix = new Svix(server.token, { serverUrl: server.url })
const { id: application } = await svix.application.create({ name: 'inbound' })
await svix.endpoint.create(application, { url: receiver.url })
const created = await fetch(`${server.url}/api/v1/source`, {
  method: 'POST',
  headers: { authorization: `Bearer ${server.token}` },
  body: JSON.stringify({ application, provider: 'github', secrets: [{ value: SECRET }] }),
})
const { pathname: door } = new URL(((await created.json()) as { url: string }).url)
const pool = new Pool(server.url, { connections: 64, keepAliveTimeout: 1_000 })
after(() => pool.destroy())

async function send(id: string): Promise<number> {
  const body = JSON.stringify({ id, text: 'x'.repeat(800) })
  const headers = { ...githubHeaders(body), 'X-GitHub-Delivery': id }
  const answer = await pool.request({ method: 'POST', path: door, headers, body })
  await answer.body.dump()
  return answer.statusCode
}

const idsOf = () =>
  new Map(receiver.received.map(({ body }) => [JSON.parse(String(body)).id, body]))

/** How many a second there are, 64 at a time, each as soon as there is room for it. */
async function capacity(one: (n: number) => Promise<number>, count: number) {
  const startedAt = performance.now()
  let next = 0
  const worker = async () => {
    while (next < count) assert.equal(await one(next++), 200)
  }
  await Promise.all(Array.from({ length: 64 }, worker))
  return count / ((performance.now() - startedAt) / 1000)
}

/** How long each of them took, from when it was due: a slow answer holds up no other request. */
async function measure(one: (n: number) => Promise<number>, count: number, perSecond: number) {
  const took: number[] = []
  const sent: Promise<void>[] = []
  const startedAt = performance.now()
  for (let n = 0; n < count; n++) {
    const due = startedAt + (n * 1000) / perSecond
    if (due - performance.now() > 1) await sleep(due - performance.now())
    sent.push(
      one(n).then((status) => {
        took.push(performance.now() - due)
        assert.equal(status, 200)
      }),
    )
  }
  await Promise.all(sent)
  const rate = Math.round(count / ((performance.now() - startedAt) / 1000))
  took.sort((a, b) => a - b)
  return { rate, at: (share: number) => took[Math.floor((took.length - 1) * share)]! }
}

async function ping(): Promise<number> {
  const answer = await pool.request({ method: 'GET', path: '/healthz' })
  await answer.body.dump()
  return answer.statusCode
}

test(`at ${MOST_PER_SECOND} a second providers are answered quickly, and everything is delivered`, async (t) => {
  await capacity((n) => send(`warm-${n}`), 300)
  const possible = await capacity((n) => send(`warmer-${n}`), 600)
  // What is more than the machine can do waits for ever longer: that says nothing of the server.
  const perSecond = Math.min(MOST_PER_SECOND, possible / 3)
  const nothing = await measure(ping, 500, perSecond)
  const count = Math.min(WEBHOOKS, Math.ceil(perSecond * 6))
  const { rate, at } = await measure((n) => send(`load-${n}`), count, perSecond)
  t.diagnostic(
    `${rate}/s of ${Math.round(possible)}/s: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, slowest ${at(1).toFixed(1)} ms; of /healthz at that rate p99 ${nothing.at(0.99).toFixed(1)} ms`,
  )
  // On a machine that cannot even answer /healthz in time, nothing else can be.
  const longest = Math.max(LONGEST_MS, 20 * nothing.at(0.99))
  assert.ok(at(0.99) < longest, `p99 is ${at(0.99)} ms, ${longest} at most`)
  await drained(dataDir)
  const arrived = idsOf()
  for (let n = 0; n < count; n++) assert.ok(arrived.has(`load-${n}`), `load-${n}`)
})

test('kill -9 under load, twice: every webhook that was answered 2xx is there and is delivered', async (t) => {
  const accepted = new Set<string>()
  let unknown = 0
  const sendSurely = async (id: string) => {
    for (;;) {
      // As a provider does: what was not answered with 2xx comes again, under the same id.
      const status = await send(id).catch(() => 0)
      if (status === 200) return void accepted.add(id)
      assert.ok([0, 503].includes(status), `${id} was answered with ${status}`)
      unknown++
      await sleep(50)
    }
  }
  let next = 0
  const worker = async () => {
    while (next < WEBHOOKS) await sendSurely(`kill-${next++}`)
  }
  const done = Promise.all(Array.from({ length: 48 }, worker))
  for (const moment of [0.3, 0.6]) {
    await until('the moment has come', () => accepted.size >= WEBHOOKS * moment, {
      within: 120_000,
    })
    await server.end()
    server = await startServer(env)
  }
  await done
  await drained(dataDir)
  t.diagnostic(`${accepted.size} answered with 200, ${unknown} tries without an answer`)
  const arrived = idsOf()
  for (const id of accepted) assert.ok(arrived.has(id), `${id} was lost`)
  const kills = receiver.received.filter(({ body }) => String(body).startsWith('{"id":"kill-'))
  const messageOf = new Map<string, Set<unknown>>()
  for (const { body, headers } of kills) {
    const { id } = JSON.parse(String(body)) as { id: string }
    messageOf.set(id, (messageOf.get(id) ?? new Set()).add(headers['webhook-id']))
  }
  for (const [id, messages] of messageOf) assert.equal(messages.size, 1, `${id} is one message`)
})

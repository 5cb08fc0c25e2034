// How fast an endpoint is sent to when there is a rate for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Svix } from 'svix'
import { connectionUrl, testDatabase } from '../database.ts'
import { type Bellwire, startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startServer } from '../process.ts'
import { type Receiver, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const times = ({ received }: Receiver) => received.map(({ at }) => at).toSorted((a, b) => a - b)

/** The most that came within any span of that length. */
function mostWithin(at: number[], spanMs: number): number {
  let most = 0
  let first = 0
  at.forEach((time, index) => {
    while (at[first]! <= time - spanMs) first++
    most = Math.max(most, index - first + 1)
  })
  return most
}

type Rated = Awaited<ReturnType<typeof oneEndpoint>>
const limits: [
  string,
  (bellwire: Bellwire, rated: Rated, rate: number | null) => Promise<unknown>,
][] = [
  [
    'an endpoint',
    ({ svix }, { app, endpoint }, throttleRate) =>
      svix.endpoint.patch(app, endpoint.id, { throttleRate }),
  ],
  [
    'its application',
    ({ svix }, { app }, throttleRate) => svix.application.patch(app, { throttleRate }),
  ],
]

for (const [name, limit] of limits) {
  test(`78 throttleRate 5 of ${name} lets 20 messages through in no less than 3 s, all of them`, async (t) => {
    const bellwire = await startBellwire()
    const rated = await oneEndpoint(bellwire)
    await limit(bellwire, rated, 5)
    const status = async () =>
      (
        await bellwire.call(
          'GET',
          `/app/${rated.app}/endpoint/${rated.endpoint.id}/rate-limit-status`,
        )
      ).body
    assert.deepEqual(await status(), { status: 'Ok' })
    const before = new Date()
    await Promise.all(Array.from({ length: 20 }, () => rated.send()))
    const limited = await until('it is limited', async () => {
      const said = await status()
      return said['status'] === 'RateLimited' && said
    })
    assert.ok(Math.abs(Date.parse(String(limited['throttledSince'])) - before.getTime()) < 2_000)
    assert.deepEqual(new Set(await rated.ended()), new Set(['succeeded']))
    const at = times(rated.receiver)
    assert.equal(at.length, 20)
    const tookMs = at.at(-1)! - at[0]!
    t.diagnostic(`20 at 5/s took ${Math.round(tookMs)} ms`)
    assert.ok(tookMs >= 3_000, `${tookMs} ms`)
    assert.deepEqual(await status(), { status: 'Ok' })
  })

  test(`what waits for the rate of ${name} follows a new one within seconds`, async () => {
    const bellwire = await startBellwire()
    const rated = await oneEndpoint(bellwire)
    await limit(bellwire, rated, 1)
    await Promise.all(Array.from({ length: 30 }, () => rated.send()))
    await until('the second', () => rated.receiver.received.length >= 2)
    await limit(bellwire, rated, null)
    // At the old rate they would take 28 s; a busy machine needs a part of the time for them.
    await until('all', () => rated.receiver.received.length === 30, { within: 5_000 })
  })
}

test('a lone delivery does not wait for its rate, retries and resends use it up', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.01,0.01' })
  const lone = async () => {
    const rated = await oneEndpoint(bellwire, { react: () => ({ status: 500 }) })
    await bellwire.svix.endpoint.patch(rated.app, rated.endpoint.id, { throttleRate: 2 })
    const sentAt = performance.now()
    const message = await rated.send()
    await until('it arrives', () => rated.receiver.received.length > 0, { every: 1 })
    return { rated, message, delay: rated.receiver.received[0]!.at - sentAt }
  }
  const all = [await lone(), await lone(), await lone()]
  // A place in the rate comes after half a second; a busy machine makes one of them late.
  all.sort((a, b) => a.delay - b.delay)
  const [{ rated, message }, median] = all as [(typeof all)[0], (typeof all)[0]]
  assert.ok(median.delay < 500, `${all.map(({ delay }) => delay)} ms`)
  await rated.ended()
  for (let resend = 0; resend < 3; resend++) {
    await bellwire.svix.messageAttempt.resend(rated.app, message.id, rated.endpoint.id)
  }
  await until('six attempts', () => rated.receiver.received.length === 6)
  const at = times(rated.receiver)
  assert.ok(at.at(-1)! - at[0]! >= 2_000, `${at.at(-1)! - at[0]!} ms`)
  assert.ok(mostWithin(at, 900) <= 3)
})

test('a backlog that waits for its rate does not delay another endpoint', async (t) => {
  const bellwire = await startBellwire()
  const rated = await oneEndpoint(bellwire)
  await bellwire.svix.endpoint.patch(rated.app, rated.endpoint.id, { throttleRate: 1 })
  const quick = await oneEndpoint(bellwire)
  for (let batch = 0; batch < 5; batch++) {
    await Promise.all(Array.from({ length: 100 }, () => rated.send()))
  }
  const delays: number[] = []
  for (let count = 1; count <= 30; count++) {
    const sentAt = performance.now()
    await quick.send()
    await until('it arrives', () => quick.receiver.received.length === count, { every: 1 })
    delays.push(quick.receiver.received.at(-1)!.at - sentAt)
  }
  const median = delays.toSorted((a, b) => a - b)[15]!
  t.diagnostic(`median ${median.toFixed(1)} ms beside 500 that wait`)
  assert.ok(median < 200)
})

test('two servers on one database keep a rate of 50/s within 5 %, also while one starts anew', {
  timeout: 120_000,
}, async (t) => {
  const { connection } = await testDatabase()
  const env = { DATABASE_URL: connectionUrl(connection) }
  const one = await startServer(env)
  let two = await startServer(env)
  const receiver = await startReceiver()
  const svix = new Svix(one.token, { serverUrl: one.url })
  const { id: app } = await svix.application.create({ name: 'rated' })
  await svix.endpoint.create(app, { url: receiver.url, throttleRate: 50 })
  const post = (server: { url: string }) =>
    fetch(`${server.url}/api/v1/app/${app}/msg`, {
      method: 'POST',
      headers: { authorization: `Bearer ${one.token}`, 'content-type': 'application/json' },
      body: '{"eventType":"a.b","payload":{}}',
    }).then(({ status }) => assert.equal(status, 202))
  const publish = async (count: number) => {
    for (let sent = 0; sent < count; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => post(n % 2 === 0 ? one : two)))
    }
  }
  await publish(700)
  const began = performance.now() + 500
  await until('eight seconds', () => performance.now() > began + 8_100)
  const seconds = Array.from({ length: 8 }, (_, second) => {
    const from = began + second * 1_000
    return times(receiver).filter((at) => at >= from && at < from + 1_000).length
  })
  t.diagnostic(`${seconds} in 8 s at 50/s`)
  // A second in which the machine has no time for us says nothing of the rate.
  const [, , , lower, upper] = seconds.toSorted((a, b) => a - b) as [0, 0, 0, number, number]
  assert.ok(lower + upper >= 95 && lower + upper <= 105, `${seconds} in 8 s`)

  two.kill('SIGTERM')
  await two.exited
  two = await startServer(env)
  await until('all', () => receiver.received.length >= 700, { within: 20_000 })
  const at = times(receiver)
  const tookMs = at.at(-1)! - at[0]!
  const most = mostWithin(at, 3_000)
  t.diagnostic(`700 took ${Math.round(tookMs)} ms, ${most} at most within 3 s`)
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 700)
  // Processes that get no time send late: more of that on a busy machine than 5 %.
  assert.ok(most <= 150 * 1.2, `${most} within 3 s`)
  // A node that stops takes with it what it had claimed ahead, 0.4 s of the rate.
  assert.ok(tookMs >= 13_300 && tookMs <= 21_000, `${tookMs} ms`)
})

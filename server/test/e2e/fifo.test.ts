// An endpoint that gets one message after the other, in the order in which they were accepted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Svix } from 'svix'
import { connectionUrl, testDatabase } from '../database.ts'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startServer } from '../process.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const SENDERS = 10
const EACH = 50

type Numbered = { sender: number; n: number }

test('500 messages arrive in order through failures, two servers and kill -9 of one', async (t) => {
  const { connection } = await testDatabase()
  const env = {
    DATABASE_URL: connectionUrl(connection),
    BELLWIRE_RETRY_SCHEDULE: Array.from({ length: 50 }, () => '0.05').join(','),
  }
  const steady = await startServer(env)
  let mortal = await startServer(env)
  const svix = new Svix(steady.token, { serverUrl: steady.url })
  const { id: app } = await svix.application.create({ name: 'in order' })
  const answers: (Numbered & { succeeded: boolean })[] = []
  const receiver = await startReceiver(({ body }) => {
    const succeeded = Math.random() < 0.8
    answers.push({ ...(JSON.parse(body.toString()) as Numbered), succeeded })
    return { status: succeeded ? 204 : 500 }
  })
  const created = await fetch(`${steady.url}/api/v1/app/${app}/endpoint`, {
    method: 'POST',
    headers: { authorization: `Bearer ${steady.token}` },
    body: JSON.stringify({ url: receiver.url, fifo: true }),
  })
  assert.equal(created.status, 201)

  /** What its server does not answer goes to the other one: the event id makes it one message. */
  const publish = async (numbered: Numbered, turn: number) => {
    const body = { eventType: 'a', payload: numbered, eventId: `${numbered.sender}-${numbered.n}` }
    for (let attempt = 0; ; attempt++) {
      const { url } = (turn + attempt) % 2 === 0 ? steady : mortal
      const answer = await fetch(`${url}/api/v1/app/${app}/msg`, {
        method: 'POST',
        headers: { authorization: `Bearer ${steady.token}` },
        body: JSON.stringify(body),
      }).catch(() => null)
      if (answer?.status === 202 || answer?.status === 409) return
    }
  }
  const sender = async (index: number) => {
    for (let n = 0; n < EACH; n++) await publish({ sender: index, n }, index + n)
  }
  const began = performance.now()
  const sending = Promise.all(Array.from({ length: SENDERS }, (_, index) => sender(index)))
  const successes = () => answers.filter(({ succeeded }) => succeeded)
  await until('a hundred are through', () => successes().length > 100, { within: 120_000 })
  await mortal.end()
  mortal = await startServer(env)
  await sending
  const name = ({ sender, n }: Numbered) => `${sender}-${n}`
  const through = () => new Set(successes().map(name)).size
  await until('all are through', () => through() === SENDERS * EACH, { within: 120_000 })
  t.diagnostic(`${answers.length} attempts in ${Math.round(performance.now() - began)} ms`)

  assert.equal(receiver.mostOpen(), 1)
  const next = Array.from({ length: SENDERS }, () => 0)
  let last = ''
  for (const answer of answers) {
    const { sender, n, succeeded } = answer
    // Only what was the head when its server was killed may come twice, and before any other.
    if (name(answer) !== last) assert.equal(n, next[sender], `${name(answer)} after ${last}`)
    if (!succeeded) continue
    next[sender] = n + 1
    last = name(answer)
  }
})

test('the head blocks until it is cancelled; what waits is told; resends go beside', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05,600' })
  const { app, endpoint, receiver, send } = await oneEndpoint(bellwire)
  const path = `/app/${app}/endpoint/${endpoint.id}`
  const line = async () => (await bellwire.call('GET', `${path}/fifo`)).body
  assert.equal((await bellwire.call('PATCH', path, { fifo: true })).body['fifo'], true)
  assert.deepEqual(await line(), { head: null, waiting: 0, approximated: false })
  receiver.react(({ body }) => ({ status: body.toString() === '{"n":1}' ? 500 : 204 }))
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push((await send({ n })).id)
  const head = await until('the second has failed twice', async () => {
    const { head } = (await line()) as { head: Record<string, unknown> | null }
    return head !== null && head['attempts'] === 2 && head
  })
  assert.equal(head['msgId'], ids[1])
  const inMs = Date.parse(String(head['nextAttempt'])) - Date.now()
  assert.ok(inMs > 500_000 && inMs < 700_000, `${inMs} ms`)
  assert.equal((await line())['waiting'], 3)
  const bodies = () => receiver.received.map(({ body }) => body.toString())
  assert.deepEqual(bodies(), ['{"n":0}', '{"n":1}', '{"n":1}'])

  await bellwire.svix.messageAttempt.resend(app, ids[3]!, endpoint.id)
  await until('the resend arrives', () => receiver.received.length === 4)
  assert.equal(bodies()[3], '{"n":3}')
  // It ended the schedule of its message.
  await until('two wait', async () => (await line())['waiting'] === 2)

  const cancel = () =>
    bellwire.call('POST', `/app/${app}/msg/${ids[1]}/endpoint/${endpoint.id}/cancel`)
  assert.equal((await cancel()).status, 204)
  await until('the others arrive', () => receiver.received.length === 6)
  assert.deepEqual(bodies().slice(4), ['{"n":2}', '{"n":4}'])
  const again = await cancel()
  assert.deepEqual([again.status, again.body['code']], [409, 'conflict'])
  await until('nothing waits', async () => (await line())['head'] === null)
})

test('when its schedule is used up the head fails, and the next goes on', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05' })
  const { app, endpoint, receiver, send, ended } = await oneEndpoint(bellwire)
  await bellwire.call('PATCH', `/app/${app}/endpoint/${endpoint.id}`, { fifo: true })
  receiver.react(({ body }) => ({ status: body.toString() === '{"n":0}' ? 500 : 204 }))
  for (let n = 0; n < 3; n++) await send({ n })
  assert.deepEqual(await ended(), ['exhausted', 'succeeded', 'succeeded'])
  const bodies = receiver.received.map(({ body }) => body.toString())
  assert.deepEqual(bodies, ['{"n":0}', '{"n":0}', '{"n":1}', '{"n":2}'])
})

test('an order keeps to a rate', async (t) => {
  const bellwire = await startBellwire()
  const { app, endpoint, receiver, send, ended } = await oneEndpoint(bellwire)
  const fields = { fifo: true, throttleRate: 5 }
  await bellwire.call('PATCH', `/app/${app}/endpoint/${endpoint.id}`, fields)
  for (let n = 0; n < 12; n++) await send({ n })
  await ended()
  const at = receiver.received.map((request) => request.at)
  t.diagnostic(`12 at 5/s took ${Math.round(at.at(-1)! - at[0]!)} ms`)
  // By their places in the rate 2,200 ms, less what the first one came late.
  assert.ok(at.at(-1)! - at[0]! >= 1_700)
  const order = receiver.received.map(
    ({ body }) => (JSON.parse(body.toString()) as { n: number }).n,
  )
  assert.deepEqual(order, [...Array(12).keys()])
})

// Endpoints that are changed or deleted while deliveries are under way, and endpoints beside others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

test('79 after an endpoint is deleted nothing more is sent to it, and nothing stays pending', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '3' })
  const deleted = Promise.withResolvers<void>()
  const { app, endpoint, receiver, send, attempted, ended } = await oneEndpoint(bellwire, {
    react: (_, count) => ({ status: 500, ...(count > 1 && { once: deleted.promise }) }),
  })
  const waiting = await send()
  await attempted(waiting.id, 1)
  await send()
  await until('the second is in flight', () => receiver.received.length === 2)
  await bellwire.svix.endpoint.delete(app, endpoint.id)
  const { body } = await bellwire.call('GET', `/app/${app}/msg/${waiting.id}/endpoint`)
  const [shown] = body['data'] as { status: number; nextAttempt: string | null }[]
  assert.deepEqual([shown!.status, shown!.nextAttempt], [2, null], 'no list shows it as sending')
  deleted.resolve()
  // The one in flight comes back with 500 and finds its endpoint gone when its retry is due.
  assert.deepEqual(await ended(), ['endpoint_deleted', 'endpoint_deleted'])
  assert.equal(receiver.received.length, 2)
})

test('after the URL of an endpoint is changed the next attempt goes to the new one', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '3' })
  const { app, endpoint, receiver, send, attempted } = await oneEndpoint(bellwire, {
    react: () => ({ status: 500 }),
  })
  const elsewhere = await startReceiver()
  const message = await send()
  await attempted(message.id, 1)
  await bellwire.svix.endpoint.patch(app, endpoint.id, { url: elsewhere.url })
  const made = await attempted(message.id, 2)
  assert.deepEqual(
    made.map(({ url, status }) => [url, status]),
    [
      [receiver.url, 2],
      [elsewhere.url, 0],
    ],
  )
  assert.deepEqual([receiver.received.length, elsewhere.received.length], [1, 1])
})

test('a slow endpoint with 500 messages waiting does not delay another one', async (t) => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
  const slow = await oneEndpoint(bellwire, { react: () => ({ delayMs: 5_000 }) })
  const quick = await oneEndpoint(bellwire)
  await Promise.all(Array.from({ length: 500 }, () => slow.send()))
  const delays: number[] = []
  for (let count = 1; count <= 50; count++) {
    const sentAt = performance.now()
    await quick.send()
    await until('it arrives', () => quick.receiver.received.length === count, { every: 1 })
    delays.push(quick.receiver.received.at(-1)!.at - sentAt)
  }
  const slowSoFar = slow.receiver.received.length
  delays.sort((a, b) => a - b)
  t.diagnostic(
    `from call to arrival: median ${delays[25]!.toFixed(1)} ms, most ${delays[49]!.toFixed(1)} ms; slow endpoint at ${slowSoFar} of 500`,
  )
  assert.ok(slowSoFar < 500, 'the slow endpoint still had a backlog')
  assert.ok(delays[25]! < 200)
  slow.receiver.react(() => ({}))
  await until('the slow one gets all', () => slow.receiver.received.length === 500)
})

test('two endpoints that hang do not hold up a third on the same host', async (t) => {
  const bellwire = await startBellwire({
    BELLWIRE_RETRY_SCHEDULE: '',
    BELLWIRE_REQUEST_TIMEOUT: '10',
  })
  const { svix } = bellwire
  const receiver = await startReceiver(({ path }) => (path.endsWith('/good') ? {} : 'hang'))
  const one = await oneEndpoint(bellwire, { url: `${receiver.url}/hangs-1` })
  const two = await oneEndpoint(bellwire, { url: `${receiver.url}/hangs-2` })
  await Promise.all(Array.from({ length: 100 }, () => Promise.all([one.send(), two.send()])))
  await until('both fill what they may', () => receiver.open() >= 100)
  const { id: app } = await svix.application.create({ name: 'good' })
  await svix.endpoint.create(app, { url: `${receiver.url}/good` })
  const sentAt = performance.now()
  await svix.message.create(app, { eventType: 'a.b', payload: {} })
  await until('it arrives', () => receiver.at('/hook/good').length === 1)
  const delay = receiver.at('/hook/good')[0]!.at - sentAt
  t.diagnostic(`waited ${delay.toFixed(0)} ms beside ${receiver.mostOpen()} requests that hang`)
  assert.ok(delay < 5_000)
})

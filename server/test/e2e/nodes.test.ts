// Several nodes on one database: what one of them is told counts on all of them, at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

test('a worker sends what an api node accepted, without waiting for its poll', async (t) => {
  const api = await startBellwire({ BELLWIRE_ROLE: 'api' })
  await startBellwire({ BELLWIRE_ROLE: 'worker' }, [], api.home)
  const { send, receiver } = await oneEndpoint(api)
  const delays: number[] = []
  for (let count = 1; count <= 20; count++) {
    const sentAt = performance.now()
    await send()
    await until('it arrives', () => receiver.received.length === count, { every: 1 })
    delays.push(receiver.received.at(-1)!.at - sentAt)
  }
  delays.sort((a, b) => a - b)
  t.diagnostic(`from call to arrival: median ${delays[10]!.toFixed(1)} ms`)
  // The poll alone would make it half a second.
  assert.ok(delays[10]! < 250, `median ${delays[10]} ms`)
})

test('what waits on one node goes to the URL that was set through another', async () => {
  const first = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '' })
  // A hundred are in flight to an endpoint at once, the others wait in the lane of the node.
  const changes = Promise.withResolvers<void>()
  const { app, endpoint, receiver, send } = await oneEndpoint(first, {
    react: () => ({ once: changes.promise }),
  })
  const second = await startBellwire({ BELLWIRE_ROLE: 'api' }, [], first.home)
  const elsewhere = await startReceiver()
  await Promise.all(Array.from({ length: 160 }, () => send()))
  await until('the lane is full', () => receiver.received.length === 100)
  const changed = await fetch(`${second.url}/api/v1/app/${app}/endpoint/${endpoint.id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${first.token}` },
    body: JSON.stringify({ url: elsewhere.url }),
  })
  assert.equal(changed.status, 200)
  // By then the first node has heard of it.
  await sleep(1_500)
  changes.resolve()
  await until('the others have come', () => elsewhere.received.length === 60)
  assert.equal(receiver.received.length, 100)
})

test('a key that was revoked through one node is refused by the other at once', async () => {
  const first = await startBellwire()
  const second = await startBellwire({}, [], first.home)
  const path = `management/authentication/${await environmentOf(first)}/api-token`
  const delays: number[] = []
  for (let n = 0; n < 5; n++) {
    const made = await first.call('POST', `/${path}`, { name: 'soon gone' })
    const headers = { authorization: `Bearer ${made.body['token']}` }
    const get = () => fetch(`${second.url}/api/v1/app`, { headers })
    assert.equal((await get()).status, 200)
    await first.call('POST', `/${path}/${made.body['id']}/expire`, {})
    const revokedAt = performance.now()
    await until('it is refused', async () => (await get()).status === 401, { every: 5 })
    delays.push(performance.now() - revokedAt)
  }
  // The cache alone would allow each a second; a busy machine makes one of them late.
  const median = delays.toSorted((a, b) => a - b)[2]!
  assert.ok(median < 500, `median ${median} ms`)
})

async function environmentOf(bellwire: Awaited<ReturnType<typeof startBellwire>>) {
  const { body } = await bellwire.call('GET', '/auth/whoami')
  return String(body['envId'])
}

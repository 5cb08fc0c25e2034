// Endpoints that are paused after so many failed deliveries in a row, and resumed by their owner.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { startReceiver } from '../receiver.ts'
import { until } from '../until.ts'

const SETTINGS = '/management/environment-settings'

/** Nothing is retried, and three failures in a row are enough. */
async function paused(policy: 'environment' | 'endpoint') {
  const bellwire = await startBellwire()
  let status = 500
  const one = await oneEndpoint(bellwire, { react: () => ({ status }) })
  const path = `/app/${one.app}/endpoint/${one.endpoint.id}`
  const classic = { disableAfterFailures: 3, retrySchedule: [] }
  await bellwire.call('PATCH', policy === 'environment' ? SETTINGS : path, classic)
  const sendAndWait = async (answer: number) => {
    status = answer
    const received = one.receiver.received.length
    const { id } = await one.send({})
    await one.attempted(id, 1)
    assert.equal(one.receiver.received.length, received + 1)
  }
  const isPaused = async () => (await one.shown())['disabledReason'] === 'failures'
  return { bellwire, one, path, sendAndWait, isPaused, answer: (next: number) => (status = next) }
}

for (const policy of ['environment', 'endpoint'] as const) {
  test(`three failed deliveries in a row pause an endpoint, as its ${policy} says, and its owner is told`, async () => {
    const { bellwire, sendAndWait, isPaused, one } = await paused(policy)
    const ops = await startReceiver()
    const listen = { url: ops.url, eventTypes: ['endpoint.disabled'] }
    await bellwire.call('POST', '/operational-webhook/endpoint', listen)
    for (const answer of [500, 500, 204, 500, 404]) await sendAndWait(answer)
    assert.equal((await one.shown())['disabled'], false)
    await sendAndWait(500)
    await until('it is paused', isPaused)
    await until('the owner was told', async () => ops.received.length === 1)
    const { data } = JSON.parse(ops.received[0]!.body.toString())
    assert.deepEqual([data.endpointId, data.reason], [one.endpoint.id, 'failures'])
    assert.ok(Date.parse(data.failSince) <= Date.now())
  })
}

for (const missed of [false, true]) {
  test(`one call resumes it ${missed ? 'with' : 'without'} what was missed`, async () => {
    const { bellwire, sendAndWait, isPaused, one, path, answer } = await paused('endpoint')
    for (let n = 0; n < 3; n++) await sendAndWait(500)
    await until('it is paused', isPaused)
    await one.send({ n: 'while it was paused' })
    assert.equal(one.receiver.received.length, 3)

    answer(204)
    const resumed = await bellwire.call('POST', `${path}/resume`, { missed })
    assert.equal(resumed.status, 200, resumed.text)
    assert.equal((await one.shown())['disabled'], false)
    assert.equal((resumed.body['tasks'] as object[]).length, missed ? 2 : 0)
    await one.send({})
    const all = missed ? 3 + 4 + 1 : 3 + 1
    await until('all arrived', async () => one.receiver.received.length >= all)
    await until('nothing is pending', async () => (await bellwire.pending()) === 0)
    assert.equal(one.receiver.received.length, all)
  })
}

test('since when must be said of what was switched off by hand', async () => {
  const { bellwire, path, one } = await paused('endpoint')
  await bellwire.call('PATCH', path, { disabled: true })
  const refused = await bellwire.call('POST', `${path}/resume`, { missed: true })
  assert.equal(refused.status, 422)
  assert.equal((await one.shown())['disabled'], true)
  const since = new Date(Date.now() - 1000)
  assert.equal((await bellwire.call('POST', `${path}/resume`, { missed: true, since })).status, 200)
})

test('0 at the endpoint is never, whatever the environment says', async () => {
  const { bellwire, path, one, sendAndWait } = await paused('environment')
  await bellwire.call('PATCH', path, { disableAfterFailures: 0 })
  for (let n = 0; n < 4; n++) await sendAndWait(500)
  await one.ended()
  assert.equal((await one.shown())['disabled'], false)
})

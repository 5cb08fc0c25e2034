// Whose retry schedule a failed delivery follows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bellwire, startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'

const FAIL = { status: 500 }
const QUICK = { secs: 0, nanos: 50_000_000 }

async function failing(bellwire: Bellwire) {
  const one = await oneEndpoint(bellwire, { react: () => FAIL })
  await bellwire.svix.eventType.upsert('a.b', { description: '' })
  return {
    ...one,
    ofEventType: async (retrySchedule: object[] | null) => {
      const path = '/event-type/a.b/retry-schedule'
      const { status } = await bellwire.call('PUT', path, { retrySchedule })
      assert.equal(status, 200)
      assert.deepEqual((await bellwire.call('GET', path)).body, { retrySchedule })
    },
    ofEndpoint: async (retrySchedule: number[] | null) => {
      const path = `/app/${one.app}/endpoint/${one.endpoint.id}`
      const { body } = await bellwire.call('PATCH', path, { retrySchedule })
      assert.deepEqual(body['retrySchedule'], retrySchedule)
    },
    /** How many attempts one more message gets. */
    async tries() {
      const before = one.receiver.received.length
      await one.send()
      await one.ended()
      return one.receiver.received.length - before
    },
  }
}

test('the schedule of the endpoint comes before that of the event type, and that before the configured', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '0.05' })
  const { ofEventType, ofEndpoint, tries } = await failing(bellwire)
  assert.equal(await tries(), 2)
  await ofEventType([QUICK, QUICK, QUICK])
  await sleep(1_100)
  assert.equal(await tries(), 4)
  await ofEndpoint([])
  assert.equal(await tries(), 1)
  await ofEndpoint([0.01, 0.02])
  assert.equal(await tries(), 3)
  await ofEndpoint(null)
  await ofEventType([])
  await sleep(1_100)
  assert.equal(await tries(), 1)
  await ofEventType(null)
  await sleep(1_100)
  assert.equal(await tries(), 2)
})

test('a delivery that waits follows a schedule that was changed meanwhile', async () => {
  const bellwire = await startBellwire({ BELLWIRE_RETRY_SCHEDULE: '3,0.05,0.05' })
  const { ofEventType, send, attempted, ended, receiver } = await failing(bellwire)
  const message = await send()
  await attempted(message.id, 1)
  await ofEventType([QUICK])
  assert.deepEqual(await ended(), ['exhausted'])
  assert.equal(receiver.received.length, 2)
})

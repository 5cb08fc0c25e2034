// What repeated failures do to an endpoint, and what a restart leaves of an idempotency key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../until.ts'
import { startBehaving } from './behaving.ts'

const bellwire = await startBehaving({ BELLWIRE_RETRY_SCHEDULE: '', BELLWIRE_DISABLE_AFTER: '2' })

/** Fails, waits, and fails again; with `between` there is a success first in the wait. */
async function disables(waitMs: number, expected: boolean, { between = false } = {}) {
  const { endpoint, receiver, send } = await bellwire.receiving(() => ({ status: 500 }))
  await send()
  await bellwire.allOver()
  if (between) {
    receiver.react(() => ({}))
    await send()
    await bellwire.allOver()
    receiver.react(() => ({ status: 500 }))
  }
  await sleep(waitMs)
  await send()
  await bellwire.allOver()
  const isDisabled = async () => (await bellwire.get(endpoint)).body['disabled'] === true
  // What follows for the endpoint is noted just after the delivery.
  if (expected) await until('the endpoint is switched off', isDisabled)
  else await sleep(500)
  assert.equal(await isDisabled(), expected)
}

test('73 failures further apart than the period disable, not with a success between nor after twice the period', async () => {
  await disables(2_500, true)
  await disables(2_500, false, { between: true })
  await disables(4_200, false)
  await disables(500, false)
})

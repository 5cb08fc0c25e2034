// What repeated failures do to an endpoint, and what a restart leaves of an idempotency key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBehaving } from './behaving.ts'

const bellwire = await startBehaving({ BELLWIRE_RETRY_SCHEDULE: '', BELLWIRE_DISABLE_AFTER: '2' })

/** Fails, waits, and fails again; with `between` a success in the wait. */
async function disabledAfter(waitMs: number, between = false) {
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
  return (await bellwire.get(endpoint)).body['disabled']
}

test('73 failures further apart than the period disable, not with a success between nor after twice the period', async () => {
  assert.equal(await disabledAfter(2_500), true)
  assert.equal(await disabledAfter(2_500, true), false)
  assert.equal(await disabledAfter(4_200), false)
  assert.equal(await disabledAfter(500), false)
})

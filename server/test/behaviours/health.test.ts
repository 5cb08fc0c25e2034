// What repeated failures do to an endpoint. The time between them is made by moving the first one back.
import { test } from 'node:test'
import { type EndpointId, toUuid } from '../../src/domain/ids.ts'
import { never, until } from '../until.ts'
import { startBehaving } from './behaving.ts'

const bellwire = await startBehaving({
  BELLWIRE_RETRY_SCHEDULE: '',
  BELLWIRE_DISABLE_AFTER: '3600',
})

/** Fails, waits, and fails again; with `between` a success in the wait. Tells whether it is disabled. */
async function failingAgain(minutes: number, between = false) {
  const { endpoint, endpointId, receiver, send } = await bellwire.receiving(() => ({ status: 500 }))
  await send()
  await bellwire.allOver()
  const notedAndMovedBack = () => movedBack(endpointId, minutes)
  await until('the first failure is noted', notedAndMovedBack)
  if (between) {
    receiver.react(() => ({}))
    await send()
    await bellwire.allOver()
    receiver.react(() => ({ status: 500 }))
  }
  await send()
  await bellwire.allOver()
  return async () => (await bellwire.get(endpoint)).body['disabled'] === true
}

async function movedBack(endpointId: string, minutes: number): Promise<boolean> {
  const { rowCount } = await bellwire.store.pool.query(
    `update endpoint_health set first_exhausted_at = first_exhausted_at - $2 * interval '1 minute'
      where endpoint_id = $1`,
    [toUuid(endpointId as EndpointId), minutes],
  )
  return rowCount === 1
}

test('73 failures further apart than the period disable, not with a success between nor after twice the period', async () => {
  // It is disabled just after the failure was noted.
  await until('it is disabled', await failingAgain(75))
  for (const [minutes, between] of [
    [75, true],
    [130, false],
    [45, false],
  ] as const) {
    const isDisabled = await failingAgain(minutes, between)
    await never(`disabled after ${minutes} minutes`, isDisabled, 500)
  }
})

import { healthAfterExhausted } from '../domain/health.ts'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { disableEndpoint } from './endpoint-disabling.ts'
import { isDisabledOnFailure } from './environment-settings.ts'
import { inTransaction } from './transaction.ts'

/**
 * Notes that a delivery to the endpoint was exhausted; switches the endpoint off when that has gone
 * on for the whole period without a success and its environment wants that. Returns whether it did.
 */
export async function recordExhausted(
  db: Db,
  endpointId: EndpointId,
  { periodSeconds }: { periodSeconds: number },
): Promise<boolean> {
  const endpoint_id = toUuid(endpointId)
  const failSince = await inTransaction(db, async (tx) => {
    const row = await tx
      .selectFrom('endpoint_health')
      .select((eb) => ['first_exhausted_at', eb.fn<Date>('now').as('now')])
      .select(isDisabledOnFailure(endpoint_id).as('mayDisable'))
      .where('endpoint_id', '=', endpoint_id)
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) {
      await tx
        .insertInto('endpoint_health')
        .values((eb) => ({ endpoint_id, first_exhausted_at: eb.fn<Date>('now') }))
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      return null
    }
    const { now, first_exhausted_at, mayDisable } = row
    const health = healthAfterExhausted(first_exhausted_at, { now, periodSeconds })
    if (health.firstExhaustedAt !== first_exhausted_at) {
      await tx
        .updateTable('endpoint_health')
        .set({ first_exhausted_at: health.firstExhaustedAt })
        .where('endpoint_id', '=', endpoint_id)
        .execute()
    }
    return health.disable && mayDisable ? health.firstExhaustedAt : null
  })
  // Not in the same one: whoever changes an endpoint locks it first, and its health then.
  if (failSince === null) return false
  return disableEndpoint(db, endpointId, { reason: 'failing', failSince })
}

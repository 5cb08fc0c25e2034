import { sql } from 'kysely'
import { healthAfterExhausted } from '../domain/health.ts'
import { type EndpointId, lowestUuid, timeOf, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { disableEndpoint } from './endpoint-disabling.ts'
import { failuresAllowed, isDisabledOnFailure } from './environment-settings.ts'
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

/**
 * Counts deliveries that failed in a row; `afterSuccess` begins anew. Switches the endpoint off when they
 * are as many as it, or its environment, allows. Without such a number nothing is written.
 */
export async function countFailures(
  db: Db,
  endpointId: EndpointId,
  { failures, afterSuccess }: { failures: number; afterSuccess: boolean },
): Promise<boolean> {
  const id = sql`${toUuid(endpointId)}::uuid`
  const before = afterSuccess ? sql`0` : sql`h.failures`
  const { rows } = await sql<{ first_exhausted_at: Date; isEnough: boolean }>`
    with policy as (select ${failuresAllowed(toUuid(endpointId))} as allowed)
    insert into endpoint_health as h (endpoint_id, first_exhausted_at, failures)
    select ${id}, now(), ${failures}::int from policy where allowed is not null
        on conflict (endpoint_id) do update set failures = ${before} + excluded.failures
    returning first_exhausted_at, failures >= (select allowed from policy) as "isEnough"`.execute(
    db,
  )
  const [row] = rows
  if (row === undefined || !row.isEnough) return false
  return disableEndpoint(db, endpointId, { reason: 'failures', failSince: row.first_exhausted_at })
}

/** A success came after what was counted. */
export async function forgetFailures(db: Db, endpointId: EndpointId) {
  await db.deleteFrom('endpoint_health').where('endpoint_id', '=', toUuid(endpointId)).execute()
}

/** A note of trouble follows the delivery that it is of. */
const LATER_SECONDS = 60

/**
 * When the oldest message was accepted that ended without success in the present trouble, or when the
 * trouble began if there is none; null when the endpoint is in no trouble.
 */
export async function troubledSince(db: Db, endpointId: EndpointId): Promise<Date | null> {
  const row = await db
    .selectFrom('endpoint_health')
    .select('first_exhausted_at')
    .where('endpoint_id', '=', toUuid(endpointId))
    .executeTakeFirst()
  if (row === undefined) return null
  const { first_exhausted_at: began } = row
  const oldest = lowestUuid(new Date(Date.now() - LONGEST_MS))
  const { rows } = await sql<{ message_id: string }>`
    select message_id from finished_delivery
     where endpoint_id = ${toUuid(endpointId)}::uuid and status = any ('{2,3}'::smallint[])
       and message_id >= ${oldest}::uuid
       and finished_at >= ${began}::timestamptz - ${LATER_SECONDS} * interval '1 s'
     order by message_id limit 1`.execute(db)
  const accepted = rows[0] && timeOf(toId('message', rows[0].message_id))
  return accepted !== undefined && accepted < began ? accepted : began
}

/** What a recover may reach back. */
const LONGEST_MS = 14 * 24 * 3600 * 1000

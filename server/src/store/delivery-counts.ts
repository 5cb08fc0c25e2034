import { sql } from 'kysely'
import { type DeliveryState, STATUS_NUMBERS } from '../domain/delivery.ts'
import { type EndpointId, lowestUuid, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

/** Deliveries of messages from `since` on and, if it is given, before `until`. */
type Range = { since: Date; until: Date | null }

/** What was dropped counts as cancelled. */
type Counts = Record<Exclude<DeliveryState, 'dropped'>, number>

/**
 * How many deliveries of an endpoint are in which state. The finished ones are counted whole, and
 * those of them with a resend under way, which are few, are moved to where they belong.
 */
export async function countDeliveries(
  db: Db,
  endpointId: EndpointId,
  { since, until }: Range,
): Promise<Counts> {
  const ofEndpoint = sql`endpoint_id = ${toUuid(endpointId)}::uuid
    and message_id >= ${lowestUuid(since)}::uuid
    and ${until === null ? sql`true` : sql`message_id < ${lowestUuid(until)}::uuid`}`
  const { succeeded, failed, cancelled } = STATUS_NUMBERS
  const { rows } = await sql<Counts>`
    with finished as materialized (
      select status, count(*)::int as count
        from finished_delivery where ${ofEndpoint} group by status
    ), pending as materialized (
      select endpoint_id, message_id, bool_or(leased_by is not null or attempts > 0) as tried
        from pending_delivery where ${ofEndpoint} group by endpoint_id, message_id
    ), open as materialized (
      select f.status, count(*)::int as count,
             count(*) filter (where p.tried or f.status is not null)::int as sending
        from pending p left join finished_delivery f using (endpoint_id, message_id)
       group by f.status
    )
    select ${countOf('finished', succeeded)} as succeeded,
           ${countOf('finished', failed)} - ${countOf('open', failed)} as failed,
           ${countOf('finished', cancelled)} - ${countOf('open', cancelled)} as cancelled,
           coalesce((select sum(sending)::int from open
                      where status is distinct from ${succeeded}), 0) as sending,
           coalesce((select sum(count - sending)::int from open), 0) as waiting`.execute(db)
  return rows[0]!
}

const countOf = (table: 'finished' | 'open', status: number) =>
  sql`coalesce((select count from ${sql.ref(table)} where status = ${status}::smallint), 0)`

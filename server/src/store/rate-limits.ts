// What is known of rates besides the claims that use them up: claim-deliveries.ts.
import { sql } from 'kysely'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

/** Nodes look at a rate that is used up several times a second; one that nobody looked at is free. */
const LOOKED_AT_LATEST = sql`interval '1 second'`

/** Since when deliveries that are due wait for the rate of the endpoint; null when none does. */
export async function findThrottling(db: Db, endpointId: EndpointId): Promise<Date | null> {
  const { rows } = await sql<{ limited_since: Date }>`
    select l.limited_since
      from endpoint e
      join application a on a.id = e.application_id
      join rate_limit l on l.id = case when e.throttle_rate is not null then e.id
                                       when a.throttle_rate is not null then a.id end
     where e.id = ${toUuid(endpointId)}::uuid and not e.disabled
       and l.limited_since is not null and l.next_at > now() - ${LOOKED_AT_LATEST}
       and (exists (select from pending_delivery
                     where leased_by is null and placed_at is null and endpoint_id = e.id
                       and due_at <= now() offset 0)
         or exists (select from pending_delivery
                     where leased_by is null and placed_at <= now() and endpoint_id = e.id
                       and due_at <= now() offset 0))`.execute(db)
  return rows[0]?.limited_since ?? null
}

/** A row that was not used for a day holds nothing: the next claim makes another. */
export async function deleteIdleRateLimits(db: Db) {
  await sql`delete from rate_limit where next_at < now() - interval '1 day'`.execute(db)
}

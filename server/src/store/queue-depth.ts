import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { MAX_STEPS, NIL, WALK_ENDPOINTS } from './statements/endpoint-walk.ts'

/** Counted exactly up to here; beyond, what the planner believes is good enough. */
const MOST_COUNTED = 50_000
/** Endpoints are looked at for the oldest due delivery as a claim does. */
const WALK = WALK_ENDPOINTS.replaceAll('$1', `'${NIL}'`).replaceAll('$2', String(MAX_STEPS))

export type QueueDepth = {
  free: number
  oldestDueSeconds: number
  nodes: number
}

/**
 * How much waits, and since when. Bounded whatever the backlog: a range of the index of free rows, and
 * one probe of it per endpoint.
 */
export async function readQueueDepth(db: Db): Promise<QueueDepth> {
  const { rows } = await sql<QueueDepth>`
    with recursive ${sql.raw(WALK)}, free as (
      select count(*)::int as counted
        from ((select from pending_delivery
                where leased_by is null and placed_at is null
                order by endpoint_id, due_at limit ${MOST_COUNTED})
              union all
              (select from pending_delivery
                where leased_by is null and placed_at is not null
                order by endpoint_id, placed_at, message_id limit ${MOST_COUNTED})) as bounded
    )
    select case when counted < ${MOST_COUNTED} then counted
                else greatest(counted, (select reltuples from pg_class
                                         where oid = 'pending_delivery'::regclass)) end::int as free,
           (select coalesce(greatest(0, extract(epoch from now() - min(due_at))), 0)::float
              from (select due_at from walk
                    union all
                    -- What waits behind the first of an order is not late.
                    select greatest(due_at, placed_at) from line where leased_by is null) first) as "oldestDueSeconds",
           (select count(*)::int from node) as nodes
      from free`.execute(db)
  return rows[0]!
}

import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** Counted exactly up to here; beyond, what the planner believes is good enough. */
const MOST_COUNTED = 50_000
/** Endpoints looked at for the oldest due delivery, as a claim does. */
const MOST_ENDPOINTS = 1_000

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
    with recursive walk as (
      (select endpoint_id, due_at, 1 as step
         from pending_delivery
        where leased_by is null and placed_at is null
        order by endpoint_id, due_at limit 1)
      union all
      select next.endpoint_id, next.due_at, walk.step + 1
        from walk
       cross join lateral (
         select endpoint_id, due_at
           from pending_delivery
          where leased_by is null and placed_at is null and endpoint_id > walk.endpoint_id
          order by endpoint_id, due_at limit 1
       ) next
       where walk.step < ${MOST_ENDPOINTS}
    ), line as (
      (select endpoint_id, greatest(due_at, placed_at) as due_at, leased_by, 1 as step
         from pending_delivery
        where placed_at is not null
        order by endpoint_id, placed_at, message_id limit 1)
      union all
      select next.endpoint_id, next.due_at, next.leased_by, line.step + 1
        from line
       cross join lateral (
         select endpoint_id, greatest(due_at, placed_at) as due_at, leased_by
           from pending_delivery
          where placed_at is not null and endpoint_id > line.endpoint_id
          order by endpoint_id, placed_at, message_id limit 1
       ) next
       where line.step < ${MOST_ENDPOINTS}
    ), free as (
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
                    select due_at from line where leased_by is null) first) as "oldestDueSeconds",
           (select count(*)::int from node) as nodes
      from free`.execute(db)
  return rows[0]!
}

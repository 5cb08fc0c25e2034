import type { RunKey } from '../../domain/delivery.ts'
import { type EndpointId, toId, toUuid } from '../../domain/ids.ts'
import type { Pool } from '../connect.ts'
import { numbers, uuids } from './array-parameter.ts'

/** How far ahead of its time a run is claimed. */
const AHEAD = `interval '400 ms'`
/** A rate that was not used for a while lets that much of it through at once, and no more. */
const UNUSED = `interval '100 ms'`
/** Another claim holds the rate, or it was never used before. */
const AGAIN_MS = 20

// Fair by construction: the walk jumps from endpoint to endpoint along the index (one probe each,
// whatever lies behind it) and takes no more than a share from any, so a million due deliveries of
// one endpoint never delay another's. It starts behind where the last claim stopped, and is bounded,
// so ten thousand endpoints with retries far ahead cost a claim no more than a thousand do.
// Rows are taken by ctid, not joined by their key: with stale statistics (reltuples 1) the planner put
// the whole table on the outer side of that join, and healthy endpoints waited 27 s. So: 52 ms.
// Rates are used up here and nowhere else, by this clock: `rate_limit.next_at` is when the next delivery
// of a rate may be sent, and a claim takes what comes until AHEAD, each run with the time to wait. So
// nodes that claim in turn share one rate exactly, and a claim that is late loses nothing. What waits
// stays free and costs a probe. A rate that another claim is using is left alone: it is asked again soon.
const CLAIM = `
  with recursive walk as (
    (select endpoint_id, due_at, 1 as step
       from pending_delivery
      where leased_by is null and endpoint_id > $1
      order by endpoint_id, due_at limit 1)
    union all
    select next.endpoint_id, next.due_at, walk.step + 1
      from walk
     cross join lateral (
       select endpoint_id, due_at
         from pending_delivery
        where leased_by is null and endpoint_id > walk.endpoint_id
        order by endpoint_id, due_at limit 1
     ) next
     where walk.step < $2
  ), due as materialized (
    select walk.endpoint_id, own.rate, own.rated
      from walk
      left join lateral (
        select coalesce(e.throttle_rate, a.throttle_rate) as rate,
               case when e.throttle_rate is not null then e.id
                    when a.throttle_rate is not null then a.id
               end as rated
          from endpoint e join application a on a.id = e.application_id
         -- What is not sent to any more ends without an attempt, whatever its rate.
         where e.id = walk.endpoint_id and not e.disabled and e.deleted_at is null
         -- One probe each, never a join of whole tables.
         limit 1
      ) own on true
     where walk.due_at <= now() and walk.endpoint_id <> all ($3::uuid[])
  ), rates as materialized (
    select rated, min(rate) as rate, count(*)::int as endpoints
      from due where rated is not null group by rated
  ), first_used as (
    insert into rate_limit (id, next_at)
    select rated, now() from rates
     where not exists (select from rate_limit where id = rated)
     order by rated
        on conflict do nothing
  ), mine as materialized (
    select r.rated, r.rate, r.endpoints, greatest(l.next_at, now() - ${UNUSED}) as from_at
      from rates r
     cross join lateral (
       select next_at from rate_limit where id = r.rated limit 1 for update skip locked
     ) l
  ), open as materialized (
    select *, case when from_at > now() + ${AHEAD} then 0
                   else floor(extract(epoch from now() + ${AHEAD} - from_at) * rate)::int + 1
              end as free
      from mine
  ), ready as materialized (
    select endpoint_id, rated, most
      from (select due.endpoint_id, due.rated,
                   -- Endpoints of one rate share what is free of it, the odd ones by lot.
                   case when due.rated is not null then coalesce(open.free / open.endpoints +
                     (row_number() over (partition by due.rated order by random())
                      <= open.free % open.endpoints)::int, 0)
                   end as most
              from due left join open on open.rated = due.rated) shared
     where most is null or most > 0
     order by endpoint_id
     limit $4
  ), picked as materialized (
    select due.at, due.due_at, ready.rated
      from ready
     cross join lateral (
       select ctid as at, due_at
         from pending_delivery
        where leased_by is null and endpoint_id = ready.endpoint_id and due_at <= now()
        order by due_at
        limit least(greatest(1, least($5, $4 / (select count(*) from ready))), ready.most,
                    (select few.most from unnest($8::uuid[], $9::int[]) as few (endpoint_id, most)
                      where few.endpoint_id = ready.endpoint_id))
          for update skip locked
     ) due
  ), placed as materialized (
    select at, rated, row_number() over (partition by rated order by due_at) - 1 as place from picked
  ), used as materialized (
    select o.rated, o.from_at + count(p.at) * interval '1 second' / o.rate as next_at,
           count(p.at) >= o.free as up
      from open o left join picked p on p.rated = o.rated
     group by o.rated, o.from_at, o.rate, o.free
    having count(p.at) > 0 or o.free = 0
  ), noted as (
    update rate_limit l
       set next_at = used.next_at,
           limited_since = case when l.next_at < now() - ${UNUSED} then case when used.up then now() end
                                when used.up then coalesce(l.limited_since, now())
                                else l.limited_since
                           end
      from used
     where l.id = used.rated and l.next_at <> used.next_at
  ), taken as (
    update pending_delivery p
       set leased_by = $6
      from placed
     where p.ctid = placed.at
    returning p.message_id, p.endpoint_id, p.resend, p.attempts, placed.rated, placed.place
  )
  select t.message_id, t.endpoint_id, t.resend, t.attempts, e.revision, m.event_type, m.content_type,
         m.id is null or m.payload is null as payload_gone,
         case when octet_length(m.payload) <= $7 then m.payload end as payload,
         case when t.rated is not null then
           extract(epoch from o.from_at + t.place * interval '1 second' / o.rate - now()) * 1000
         end::float8 as wait_ms,
         (extract(epoch from now()) * 1000)::float8 as now_ms,
         -- When a rate has something free again, half of AHEAD before it is needed.
         (select min(case when used.rated is null then ${AGAIN_MS}
                          when used.up then extract(epoch from used.next_at - ${AHEAD} / 2 - now()) * 1000
                     end)
            from rates left join used using (rated)
           where used.rated is not null or rated not in (select rated from open))::int as again_ms,
         -- Where the next claim goes on: behind the last endpoint served when there were more than
         -- fit, else behind the last one looked at; null when the walk saw the end.
         case when (select count(*) from ready) >= $4 then (select max(endpoint_id::text) from ready)
              when (select count(*) from walk) >= $2 then (select max(endpoint_id::text) from walk)
         end as next_cursor
    from (select) as always
    left join taken t on true
    left join open o on o.rated = t.rated
    left join endpoint e on e.id = t.endpoint_id
    left join message m on m.id = t.message_id`

const NIL = '00000000-0000-0000-0000-000000000000'
const MAX_STEPS = 1_000
/** A larger payload is read when its turn comes, so that a claim never holds many of them. */
const MAX_PAYLOAD_BYTES = 64 * 1024

export type ClaimedRun = {
  run: RunKey
  /** Attempts made before this one. */
  attempts: number
  revision: number
  eventType: string
  contentType: string | null
  /** Null when it was expunged; `large` when it has to be read apart. */
  payload: Buffer | 'large' | null
  /** It has its place in a rate: not to be sent earlier. */
  waitMs: number | null
}

type Row = {
  message_id: string | null
  endpoint_id: string
  resend: string
  attempts: number
  revision: number
  event_type: string
  content_type: string | null
  payload_gone: boolean
  payload: Buffer | null
  wait_ms: number | null
  now_ms: number
  again_ms: number | null
  next_cursor: string | null
}

type Claim = {
  nodeId: string
  room: number
  perEndpoint: number
  full: EndpointId[]
  /** Endpoints of which no more than so many are taken. */
  few?: { endpointId: EndpointId; most: number }[]
  /** Where the last claim stopped; null starts over. */
  cursor: string | null
}

/**
 * Leases free runs that are due to `nodeId`. `cursor` goes into the next claim; it is null when the
 * walk reached the end, so that the next one starts over. `againMs` tells when to claim for what waits
 * for its rate; null when nothing does.
 */
export async function claimDeliveries(
  pool: Pool,
  { nodeId, room, perEndpoint, full, few = [], cursor }: Claim,
) {
  const { rows } = await pool.query<Row>({
    name: 'claim_deliveries',
    text: CLAIM,
    values: [
      cursor ?? NIL,
      MAX_STEPS,
      full.map(toUuid),
      room,
      perEndpoint,
      nodeId,
      MAX_PAYLOAD_BYTES,
      uuids(few.map(({ endpointId }) => toUuid(endpointId))),
      numbers(few.map(({ most }) => most)),
    ],
  })
  return {
    runs: rows.filter((row) => row.message_id !== null).map(toClaimedRun),
    cursor: rows[0]?.next_cursor ?? null,
    againMs: rows[0]?.again_ms ?? null,
    /** The database's time, from which `waitMs` counts. */
    nowMs: rows[0]!.now_ms,
  }
}

function toClaimedRun(row: Row): ClaimedRun {
  return {
    run: {
      messageId: toId('message', row.message_id!),
      endpointId: toId('endpoint', row.endpoint_id),
      resend: Number(row.resend),
    },
    attempts: row.attempts,
    revision: row.revision,
    eventType: row.event_type,
    contentType: row.content_type,
    payload: row.payload_gone ? null : (row.payload ?? 'large'),
    waitMs: row.wait_ms,
  }
}

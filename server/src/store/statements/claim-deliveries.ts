import type { MessageFacts, RunKey } from '../../domain/delivery.ts'
import { type EndpointId, toId, toUuid } from '../../domain/ids.ts'
import type { Pool } from '../connect.ts'
import { numbers, uuids } from './array-parameter.ts'
import { MAX_STEPS, NAMED_ENDPOINTS, NIL, WALK_ENDPOINTS } from './endpoint-walk.ts'

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
// What has a place in order is walked apart, by places: an endpoint's first is taken when it is due and
// none of its others is in hand. One claim at a time decides that, and only one that saw what the claims
// before it took: its snapshot may be older than the lock it got. So what became visible late, with an
// earlier place, is never sent beside another.
const claimStatement = (walk: string) => `
  with recursive ${walk}, first as materialized (
    select l.endpoint_id, l.message_id,
           (select turn from fifo_turn where endpoint_id = l.endpoint_id limit 1) as turn
      from line l
     where l.leased_by is null and l.due_at <= now() and l.placed_at <= now()
       and l.endpoint_id not in (select unnest($3::uuid[]))
       and not exists (select from pending_delivery p
                        where p.endpoint_id = l.endpoint_id and p.placed_at is not null
                          and p.leased_by is not null offset 0)
  ), first_turn as (
    insert into fifo_turn (endpoint_id, turn)
    select endpoint_id, 0 from first
     where turn is null
     order by endpoint_id
        on conflict do nothing
  ), candidate as materialized (
    select endpoint_id, null::uuid as message_id
      from walk
     where due_at <= now() and endpoint_id not in (select unnest($3::uuid[]))
    union all
    select f.endpoint_id, f.message_id
      from first f
     cross join lateral (
       -- Read again once it is locked: then it is another claim's turn that came between.
       select from fifo_turn where endpoint_id = f.endpoint_id and turn = f.turn
        limit 1 for update skip locked
     ) t
  ), due as materialized (
    select c.endpoint_id, c.message_id, own.rate, own.rated
      from candidate c
      left join lateral (
        select coalesce(e.throttle_rate, a.throttle_rate) as rate,
               case when e.throttle_rate is not null then e.id
                    when a.throttle_rate is not null then a.id
               end as rated
          from endpoint e join application a on a.id = e.application_id
         -- What is not sent to any more ends without an attempt, whatever its rate.
         where e.id = c.endpoint_id and not e.disabled and e.deleted_at is null
         -- One probe each, never a join of whole tables.
         limit 1
      ) own on true
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
    select endpoint_id, message_id, rated, most
      from (select due.endpoint_id, due.message_id, due.rated,
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
    select due.at, due.due_at, ready.rated, ready.message_id, ready.endpoint_id
      from ready
     cross join lateral (
       select ctid as at, due_at
         from pending_delivery
        where leased_by is null and placed_at is null and endpoint_id = ready.endpoint_id
          and due_at <= now() and ready.message_id is null
        order by due_at
        limit least(greatest(1, least($5, $4 / (select count(*) from ready))), ready.most,
                    (select few.most from unnest($8::uuid[], $9::int[]) as few (endpoint_id, most)
                      where few.endpoint_id = ready.endpoint_id))
          for update skip locked
     ) due
     union all
    select due.at, due.due_at, ready.rated, ready.message_id, ready.endpoint_id
      from ready
     cross join lateral (
       select ctid as at, due_at
         from pending_delivery
        where leased_by is null and placed_at is not null and endpoint_id = ready.endpoint_id
          and message_id = ready.message_id and resend = 0 and due_at <= now()
        limit 1 for update skip locked
     ) due
  ), turned as (
    update fifo_turn t
       set turn = t.turn + 1
      from picked p
     where p.message_id is not null and t.endpoint_id = p.endpoint_id
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
    returning p.message_id, p.endpoint_id, p.resend, p.attempts, placed.rated, placed.place,
              p.placed_at is not null as in_order
  )
  select t.message_id, t.endpoint_id, t.resend, t.attempts, t.in_order, e.revision, m.event_type,
         m.channels, m.tags, m.content_type, m.addressed, m.headers,
         m.transformations_params,
         m.id is null or m.payload is null as payload_gone,
         case when octet_length(m.payload) <= $7 then m.payload end as payload,
         case when octet_length(m.payload) > $7 then octet_length(m.payload) end as large_bytes,
         case when t.rated is not null then
           extract(epoch from o.from_at + t.place * interval '1 second' / o.rate - now()) * 1000
         end::float8 as wait_ms,
         (extract(epoch from now()) * 1000)::float8 as now_ms,
         -- When a rate has something free again, half of AHEAD before it is needed; or soon, when another
         -- claim came between.
         least((select case when count(*) > count(c.message_id) then ${AGAIN_MS} end
                  from first f left join candidate c using (endpoint_id, message_id)), (select min(case when used.rated is null then ${AGAIN_MS}
                          when used.up then extract(epoch from used.next_at - ${AHEAD} / 2 - now()) * 1000
                     end)
            from rates left join used using (rated)
           where used.rated is not null or rated not in (select rated from open)))::int as again_ms,
         (select count(*)::int from walk) + (select count(*)::int from line) as steps,
         -- Where the next claim goes on: behind the last endpoint served when there were more than
         -- fit, else behind the last one looked at; null when the walk saw the end.
         case when (select count(*) from ready) >= $4 then (select max(endpoint_id::text) from ready)
              else least((select max(endpoint_id::text) from walk having count(*) >= $2),
                         (select max(endpoint_id::text) from line having count(*) >= $2))
         end as next_cursor
    from (select) as always
    left join taken t on true
    left join open o on o.rated = t.rated
    left join endpoint e on e.id = t.endpoint_id
    left join message m on m.id = t.message_id`

const CLAIM = claimStatement(WALK_ENDPOINTS)
const CLAIM_OF = claimStatement(NAMED_ENDPOINTS)

/** A larger payload is read when its turn comes, so that a claim never holds many of them. */
const MAX_PAYLOAD_BYTES = 64 * 1024

export type ClaimedRun = {
  run: RunKey
  /** Attempts made before this one. */
  attempts: number
  revision: number
  eventType: string
  contentType: string | null
  /** What goes out as it came in: of its trace, or from a source. */
  headers: [string, string][] | null
  facts: MessageFacts
  /** Null when it was expunged; `large` when it has to be read apart. */
  payload: Buffer | 'large' | null
  largeBytes?: number
  /** The next of its endpoint waits for it. */
  inOrder: boolean
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
  headers: [string, string][] | null
  channels: string[] | null
  tags: string[] | null
  transformations_params: object | null
  addressed: boolean | null
  payload_gone: boolean
  payload: Buffer | null
  large_bytes: number | null
  in_order: boolean
  wait_ms: number | null
  now_ms: number
  again_ms: number | null
  steps: number
  next_cursor: string | null
}

export type Claim = {
  nodeId: string
  room: number
  perEndpoint: number
  full: EndpointId[]
  /** Endpoints of which no more than so many are taken. */
  few?: { endpointId: EndpointId; most: number }[]
  /** Where the last claim stopped; null starts over. */
  cursor: string | null
  /** Takes from these endpoints alone, and walks nowhere. */
  only?: EndpointId[]
}

/**
 * Leases free runs that are due to `nodeId`. `cursor` goes into the next claim; it is null when the
 * walk reached the end, so that the next one starts over. `againMs` tells when to claim for what waits
 * for its rate; null when nothing does. `steps` says how many endpoints were looked at.
 */
export async function claimDeliveries(
  pool: Pool,
  { nodeId, room, perEndpoint, full, few = [], cursor, only }: Claim,
) {
  const { rows } = await pool.query<Row>({
    ...(only === undefined
      ? { name: 'claim_deliveries', text: CLAIM }
      : { name: 'claim_deliveries_of', text: CLAIM_OF }),
    values: [
      only === undefined ? (cursor ?? NIL) : uuids(only.map(toUuid)),
      MAX_STEPS,
      uuids(full.map(toUuid)),
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
    steps: rows[0]!.steps,
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
    headers: row.headers,
    facts: {
      channels: row.channels,
      tags: row.tags,
      params: row.transformations_params,
      isAddressed: row.addressed ?? false,
    },
    payload: row.payload_gone ? null : (row.payload ?? 'large'),
    ...(row.large_bytes !== null && { largeBytes: row.large_bytes }),
    inOrder: row.in_order,
    waitMs: row.wait_ms,
  }
}

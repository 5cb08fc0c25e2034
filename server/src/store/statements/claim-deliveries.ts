import type { MessageFacts, RunKey } from '../../domain/delivery.ts'
import { type EndpointId, toId, toUuid } from '../../domain/ids.ts'
import type { Pool } from '../connect.ts'

// Fair by construction: the walk jumps from endpoint to endpoint along the index (one probe each,
// whatever lies behind it) and takes no more than a share from any, so a million due deliveries of
// one endpoint never delay another's. It starts behind where the last claim stopped, and is bounded,
// so ten thousand endpoints with retries far ahead cost a claim no more than a thousand do.
// Rows are taken by ctid, not joined by their key: with stale statistics (reltuples 1) the planner put
// the whole table on the outer side of that join, and healthy endpoints waited 27 s. So: 52 ms.
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
  ), ready as materialized (
    select endpoint_id from walk where due_at <= now() and endpoint_id <> all ($3::uuid[]) limit $4
  ), picked as materialized (
    select due.at
      from ready
     cross join lateral (
       select ctid as at
         from pending_delivery
        where leased_by is null and endpoint_id = ready.endpoint_id and due_at <= now()
        order by due_at
        limit greatest(1, least($5, $4 / (select count(*) from ready)))
          for update skip locked
     ) due
  ), taken as (
    update pending_delivery p
       set leased_by = $6
      from picked
     where p.ctid = picked.at
    returning p.message_id, p.endpoint_id, p.resend, p.attempts
  )
  select t.message_id, t.endpoint_id, t.resend, t.attempts, e.revision, m.event_type, m.channels, m.tags,
         m.content_type, m.addressed,
         m.id is null or m.payload is null as payload_gone,
         case when octet_length(m.payload) <= $7 then m.payload end as payload,
         -- Where the next claim goes on: behind the last endpoint served when there were more than
         -- fit, else behind the last one looked at; null when the walk saw the end.
         case when (select count(*) from ready) >= $4 then (select max(endpoint_id::text) from ready)
              when (select count(*) from walk) >= $2 then (select max(endpoint_id::text) from walk)
         end as next_cursor
    from (select) as always
    left join taken t on true
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
  contentType: string | null
  facts: MessageFacts
  /** Null when it was expunged; `large` when it has to be read apart. */
  payload: Buffer | 'large' | null
}

type Row = {
  message_id: string | null
  endpoint_id: string
  resend: string
  attempts: number
  revision: number
  content_type: string | null
  event_type: string | null
  channels: string[] | null
  tags: string[] | null
  addressed: boolean | null
  payload_gone: boolean
  payload: Buffer | null
  next_cursor: string | null
}

type Claim = {
  nodeId: string
  room: number
  perEndpoint: number
  full: EndpointId[]
  /** Where the last claim stopped; null starts over. */
  cursor: string | null
}

/**
 * Leases free runs that are due to `nodeId`. `cursor` goes into the next claim; it is null when the
 * walk reached the end, so that the next one starts over.
 */
export async function claimDeliveries(
  pool: Pool,
  { nodeId, room, perEndpoint, full, cursor }: Claim,
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
    ],
  })
  return {
    runs: rows.filter((row) => row.message_id !== null).map(toClaimedRun),
    cursor: rows[0]?.next_cursor ?? null,
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
    contentType: row.content_type,
    facts: {
      eventType: row.event_type ?? '',
      channels: row.channels,
      tags: row.tags,
      isAddressed: row.addressed ?? false,
    },
    payload: row.payload_gone ? null : (row.payload ?? 'large'),
  }
}

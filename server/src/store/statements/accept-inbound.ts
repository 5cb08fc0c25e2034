import { AppError } from '../../domain/errors.ts'
import type { EnvironmentId, InboundRequestId } from '../../domain/ids.ts'
import { toUuid } from '../../domain/ids.ts'
import type { InboundVerification, RawRequest, Source } from '../../domain/source.ts'
import type { Pool } from '../connect.ts'
import { findHolders, keyOf, releaseKeys } from '../inbound-keys.ts'
import {
  ACCEPT_PARAMETERS,
  type Accepted,
  type AcceptRow,
  acceptStatement,
  acceptValues,
  collect,
  type Lease,
  type NewMessage,
} from './accept-messages.ts'
import { numbers, uuids } from './array-parameter.ts'

// Webhooks that arrived together, in one round trip and one commit: who is the first of its key, the
// messages with their deliveries, and the requests as they came. Nothing of a request is there without
// the rest. Keys are locked in one order everywhere, or two batches with the same ones would deadlock;
// one that another transaction is about to write is waited for, one past its time is taken over. The
// update writes a row that stays as it is: only so does it return who holds the key. All of a request
// but its bytes travels as one json: measured, the arrays of it took as long as the statement.
const INBOUND = `$${ACCEPT_PARAMETERS + 1}::json`
const BODIES = `$${ACCEPT_PARAMETERS + 2}::bytea`

const ACCEPT_INBOUND = acceptStatement({
  first: `
    keys as materialized (
      insert into inbound_key (source_id, key, request_id, keep_until)
      select source_id, key, request_id, now() + seconds * interval '1 second'
        from (select distinct on (source_id, key) *
                from json_to_recordset(${INBOUND} -> 'keys')
                  as k (source_id uuid, key uuid, request_id uuid, seconds int)
               order by source_id, key, request_id) k
       order by source_id, key
          on conflict (source_id, key) do update
         set request_id = case when inbound_key.keep_until < now() then excluded.request_id
                               else inbound_key.request_id end,
             keep_until = case when inbound_key.keep_until < now() then excluded.keep_until
                               else inbound_key.keep_until end
      returning source_id, key, request_id
    ), taken as materialized (
      -- Keys of these requests that are another's.
      select m.request_id, m.role, m.message_id
        from json_to_recordset(${INBOUND} -> 'marks')
          as m (request_id uuid, source_id uuid, key uuid, role text, message_id uuid)
        join keys k using (source_id, key)
       where k.request_id <> m.request_id
    ), `,
  only: `
     where i.id not in (select message_id from taken where message_id is not null)
       and i.id not in (select e.message_id
                          from json_to_recordset(${INBOUND} -> 'events')
                            as e (request_id uuid, message_id uuid)
                          join taken using (request_id)
                         where taken.role = 'bar')`,
  last: `, stored_request as (
    insert into inbound_request (id, source_id, method, target, http_version, headers,
                                 remote_address, body, body_bytes, event_type, event_id, event_at,
                                 message_ids, held, verification, answer_status, replay_suspected)
    select r.id, source_id, method, target, http_version, r.headers, remote_address,
           case when bytes is not null then substring(${BODIES} from starts + 1 for bytes) end,
           body_bytes, r.event_type, r.event_id, event_at, became.ids, held, verification,
           answer_status, r.id in (select request_id from taken where role = 'mark')
      from json_to_recordset(${INBOUND} -> 'requests')
        as r (id uuid, source_id uuid, method text, target text, http_version text, headers json,
              remote_address text, starts int, bytes int, body_bytes int, event_type text,
              event_id text, event_at timestamptz, held boolean, verification json,
              answer_status smallint)
      join (select e.request_id, array_agg(a.id order by a.id) as ids
              from json_to_recordset(${INBOUND} -> 'events') as e (request_id uuid, message_id uuid)
              join accepted a on a.id = e.message_id
             group by e.request_id) became on became.request_id = r.id
  )`,
})

export type InboundEvent = {
  eventType: string
  /** Null when nothing tells two of these apart: then none is a duplicate. */
  eventId: string | null
  message: NewMessage
}

export type NewInbound = {
  id: InboundRequestId
  source: Pick<Source, 'id' | 'applicationId'> & { environmentId: EnvironmentId }
  request: RawRequest
  /** One, or the items of a list that the source has cut; no two of the same type and id. */
  events: InboundEvent[]
  verification: InboundVerification
  answerStatus: number
  keepSeconds: number
  /** When it happened, by the provider. */
  at: Date | null
  /** The SHA-256 of the body, where somebody could send it again under another id. */
  digest: string | null
  /** Whether such a one is refused. */
  refuseReplays: boolean
  /** What the signature covers in place of the body, and counts once only. */
  nonce: string | null
  /** The source is paused: stored, and due when it goes on. */
  held: boolean
}

/** A message with what became of it. */
export type Born = { message: NewMessage; accepted: Accepted }

export type InboundAccepted =
  | { result: 'accepted'; messages: Born[] }
  | { result: 'duplicate'; of: InboundRequestId }
  | { result: 'replay'; of: InboundRequestId }
  | { result: 'no_application' }

/** One result per request, in order. */
export async function acceptInbound(
  pool: Pool,
  requests: NewInbound[],
  lease: Lease,
): Promise<InboundAccepted[]> {
  const messages = requests.flatMap(({ events }) => events.map(({ message }) => message))
  const { json, bodies } = toParameters(requests)
  const { rows } = await pool.query<AcceptRow>({
    name: 'accept_inbound',
    text: ACCEPT_INBOUND,
    values: [...acceptValues(messages, lease), json, bodies],
  })
  const became = collect(rows)
  const results = requests.map((request): InboundAccepted | null => {
    const messages = request.events.flatMap(({ message }) => {
      const accepted = became.get(message.id)
      return accepted === undefined ? [] : [{ message, accepted }]
    })
    if (messages.length === 0) return null
    return messages.every(({ accepted }) => accepted.result === 'accepted')
      ? { result: 'accepted', messages }
      : { result: 'no_application' }
  })
  return explain(pool, requests, results)
}

/** Of those that became nothing, why. All of this is off the path of what is new. */
async function explain(
  pool: Pool,
  requests: NewInbound[],
  results: (InboundAccepted | null)[],
): Promise<InboundAccepted[]> {
  const silent = requests.filter((_, index) => results[index] === null)
  const holderOf = silent.length === 0 ? null : await findHolders(pool, silent.flatMap(marksOf))
  const explained = requests.map(
    (request, index): InboundAccepted => results[index] ?? why(request, holderOf!),
  )
  const refused = requests.filter((_, index) =>
    ['replay', 'no_application'].includes(explained[index]!.result),
  )
  // Their keys guard nothing, and would keep the right one out.
  await releaseKeys(
    pool,
    refused.map(({ id }) => id),
  )
  await countDuplicates(pool, explained)
  return explained
}

function why(
  request: NewInbound,
  holderOf: Awaited<ReturnType<typeof findHolders>>,
): InboundAccepted {
  const others = marksOf(request).flatMap(({ role, sourceId, key }) => {
    const of = holderOf(sourceId, key)
    return of === null || of === request.id ? [] : [{ role, of }]
  })
  const first = others.find(({ role }) => role === 'event') ?? others[0]
  if (first === undefined) {
    // Its key ended between two statements: who sends it again is the first.
    throw new AppError('unavailable', 'A key has just ended', { retryAfterSeconds: 1 })
  }
  return { result: first.role === 'event' ? 'duplicate' : 'replay', of: first.of }
}

/**
 * The keys of a request. `event` stands for one of its messages, `bar` refuses all of it when another
 * request has the key, `mark` only says so.
 */
function marksOf({ source, events, digest, nonce, refuseReplays }: NewInbound) {
  const sourceId = source.id
  return [
    ...events.flatMap(({ eventType, eventId, message }) =>
      eventId === null
        ? []
        : [{ sourceId, key: keyOf('event', eventType, eventId), role: 'event', message }],
    ),
    ...(nonce === null ? [] : [{ sourceId, key: keyOf('nonce', nonce), role: 'bar' }]),
    ...(digest === null
      ? []
      : [{ sourceId, key: keyOf('body', digest), role: refuseReplays ? 'bar' : 'mark' }]),
  ]
}

function toParameters(requests: NewInbound[]) {
  const bodies: Buffer[] = []
  let end = 0
  const rows = requests.map((inbound) => {
    const { id, source, request, events, verification, answerStatus, held, at } = inbound
    // Of a request that is one message the body is there already.
    const isThere = events.length === 1 && events[0]!.message.payload === request.body
    const starts = end
    if (!isThere) {
      bodies.push(request.body)
      end += request.body.length
    }
    return {
      ...{ id: toUuid(id), source_id: toUuid(source.id), starts, held, verification },
      ...{ method: request.method, target: request.target, http_version: request.httpVersion },
      ...{ headers: request.headers, remote_address: request.remoteAddress },
      ...{ bytes: isThere ? null : request.body.length, body_bytes: request.body.length },
      ...{ event_type: events[0]!.eventType, event_id: events[0]!.eventId, event_at: at },
      answer_status: answerStatus,
    }
  })
  const marks = requests.flatMap((request) =>
    marksOf(request).map((mark) => ({
      request_id: toUuid(request.id),
      source_id: toUuid(mark.sourceId),
      key: mark.key,
      role: mark.role,
      message_id: 'message' in mark ? toUuid(mark.message.id) : null,
      seconds: request.keepSeconds,
    })),
  )
  const events = requests.flatMap(({ id, events }) =>
    events.map(({ message }) => ({ request_id: toUuid(id), message_id: toUuid(message.id) })),
  )
  const json = JSON.stringify({ keys: marks, marks, events, requests: rows })
  return { json, bodies: Buffer.concat(bodies, end) }
}

// Locked in one order: another batch may count on the same ones.
const COUNT = `
  with locked as (
    select r.id, d.times
      from unnest($1::uuid[], $2::int[]) as d (id, times)
      join inbound_request r using (id)
     order by r.id for update of r
  )
  update inbound_request r
     set duplicates = r.duplicates + l.times, last_duplicate_at = now()
    from locked l
   where r.id = l.id`

async function countDuplicates(pool: Pool, results: InboundAccepted[]): Promise<void> {
  const times = Map.groupBy(
    results.filter((result) => result.result === 'duplicate'),
    ({ of }) => of,
  )
  if (times.size === 0) return
  await pool.query({
    name: 'count_inbound_duplicates',
    text: COUNT,
    values: [
      uuids([...times.keys()].map(toUuid)),
      numbers([...times.values()].map(({ length }) => length)),
    ],
  })
}

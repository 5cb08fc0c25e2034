// Webhooks that arrived together, in one transaction: who is the first of its key, their messages with
// the deliveries, and the requests as they came. Nothing of a request is there without the rest.
import type { EnvironmentId, InboundRequestId } from '../domain/ids.ts'
import { toUuid } from '../domain/ids.ts'
import type { InboundVerification, RawRequest, Source } from '../domain/source.ts'
import type { Pool, PoolClient } from './connect.ts'
import { claimKeys, type Holders, keyOf, type NewKey, releaseKeys } from './inbound-keys.ts'
import {
  type Accepted,
  acceptMessages,
  type Lease,
  type NewMessage,
} from './statements/accept-messages.ts'
import { numbers, times, uuids } from './statements/array-parameter.ts'

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
  /** One, or the items of a list that the source has cut. */
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
  /** The source is paused: stored, and made into messages when it goes on. */
  held: boolean
}

/** A message with what became of it. */
export type Born = { message: NewMessage; accepted: Accepted }

export type InboundAccepted =
  | { result: 'accepted'; messages: Born[]; replaySuspected: boolean }
  | { result: 'duplicate'; of: InboundRequestId }
  | { result: 'replay'; of: InboundRequestId }
  | { result: 'no_application' }

/** One result per request, in order. */
export async function acceptInbound(
  pool: Pool,
  requests: NewInbound[],
  lease: Lease,
): Promise<InboundAccepted[]> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const results = await acceptIn(client, requests, lease)
    await client.query('commit')
    return results
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause
    })
    throw error
  } finally {
    client.release(broken)
  }
}

async function acceptIn(client: PoolClient, requests: NewInbound[], lease: Lease) {
  const holders = await claimKeys(client, requests.flatMap(keysOf))
  const judged = requests.map((request) => ({ request, ...judge(request, holders) }))
  const messages = judged.flatMap(({ fresh }) => fresh.map(({ message }) => message))
  const accepted = messages.length === 0 ? [] : await acceptMessages(client, messages, lease)
  let next = 0
  const results = judged.map(({ verdict, of, fresh }): InboundAccepted => {
    const born = fresh.map(({ message }) => ({ message, accepted: accepted[next++]! }))
    if (verdict !== 'fresh') return { result: verdict, of: of! }
    if (born.some(({ accepted }) => accepted.result !== 'accepted')) {
      return { result: 'no_application' }
    }
    return { result: 'accepted', messages: born, replaySuspected: of !== null }
  })
  const isAccepted = (_: unknown, index: number) => results[index]!.result === 'accepted'
  await insertRequests(client, judged.filter(isAccepted))
  await releaseKeys(client, refusedOf(requests, results))
  await countDuplicates(client, results)
  return results
}

/** Their keys guard nothing, and would keep the next one out. */
const refusedOf = (requests: NewInbound[], results: InboundAccepted[]) =>
  requests.flatMap(({ id }, index) =>
    ['replay', 'no_application'].includes(results[index]!.result) ? [id] : [],
  )

function keysOf(request: NewInbound): NewKey[] {
  const { id, source, events, digest, nonce, keepSeconds } = request
  const keys = [
    ...events.flatMap((event) => (event.eventId === null ? [] : [eventKey(event)])),
    ...(digest === null ? [] : [keyOf('body', digest)]),
    ...(nonce === null ? [] : [keyOf('nonce', nonce)]),
  ]
  return keys.map((key) => ({ sourceId: source.id, requestId: id, keepSeconds, key }))
}

const eventKey = ({ eventType, eventId }: InboundEvent) => keyOf('event', eventType, eventId!)

type Judged = {
  verdict: 'fresh' | 'duplicate' | 'replay'
  /** Whose the key is; of a fresh one, who sent the same body under another id. */
  of: InboundRequestId | null
  fresh: InboundEvent[]
}

function judge(request: NewInbound, holders: Holders): Judged {
  const { id, source, events, digest, nonce, refuseReplays } = request
  const holderOf = (key: string | null) => (key === null ? id : holders.of(source.id, key))
  const seen = new Set<string>()
  const firsts = events.map((event) => {
    if (event.eventId === null) return { event, of: id }
    const key = eventKey(event)
    // A list may hold the same event twice.
    if (seen.has(key)) return { event, of: null }
    seen.add(key)
    return { event, of: holders.of(source.id, key) }
  })
  const fresh = firsts.flatMap(({ event, of }) => (of === id ? [event] : []))
  const first = firsts[0]?.of ?? null
  if (fresh.length === 0 && first !== null) return { verdict: 'duplicate', of: first, fresh }
  const used = holderOf(nonce === null ? null : keyOf('nonce', nonce))
  if (used !== id) return { verdict: 'replay', of: used, fresh: [] }
  const before = holderOf(digest === null ? null : keyOf('body', digest))
  if (before === id) return { verdict: 'fresh', of: null, fresh }
  return refuseReplays
    ? { verdict: 'replay', of: before, fresh: [] }
    : { verdict: 'fresh', of: before, fresh }
}

type Stored = Judged & { request: NewInbound }

// Bodies as one binary parameter that is cut here: an array of bytea would travel as hex.
const INSERT = `
  insert into inbound_request (id, source_id, method, target, http_version, headers, remote_address,
                               body, body_bytes, event_type, event_id, event_at, message_ids,
                               held, verification, answer_status, replay_suspected)
  select id, source_id, method, target, http_version, headers::json, remote_address,
         case when bytes is not null then substring($1::bytea from starts + 1 for bytes) end,
         body_bytes, event_type, event_id, event_at, message_ids::uuid[], held, verification::json,
         answer_status, replay_suspected
    from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::int[], $10::int[], $11::int[], $12::text[], $13::text[], $14::timestamptz[],
                $15::text[], $16::boolean[], $17::text[], $18::int[], $19::boolean[])
      as i (id, source_id, method, target, http_version, headers, remote_address, starts, bytes,
            body_bytes, event_type, event_id, event_at, message_ids, held, verification,
            answer_status, replay_suspected)`

async function insertRequests(client: PoolClient, stored: Stored[]): Promise<void> {
  if (stored.length === 0) return
  const requests = stored.map(({ request }) => request)
  const bodies: Buffer[] = []
  let end = 0
  const places = stored.map(({ request: { request }, fresh }) => {
    // Of a request that became one message the body is there already.
    if (fresh.length === 1 && fresh[0]!.message.payload === request.body) return null
    const start = end
    bodies.push(request.body)
    end += request.body.length
    return start
  })
  await client.query({
    name: 'insert_inbound_requests',
    text: INSERT,
    values: [
      Buffer.concat(bodies, end),
      uuids(requests.map(({ id }) => toUuid(id))),
      uuids(requests.map(({ source }) => toUuid(source.id))),
      requests.map(({ request }) => request.method),
      requests.map(({ request }) => request.target),
      requests.map(({ request }) => request.httpVersion),
      requests.map(({ request }) => JSON.stringify(request.headers)),
      requests.map(({ request }) => request.remoteAddress),
      numbers(places.map((start) => start ?? 0)),
      numbers(requests.map(({ request }, n) => (places[n] === null ? null : request.body.length))),
      numbers(requests.map(({ request }) => request.body.length)),
      requests.map(({ events }) => events[0]?.eventType ?? ''),
      requests.map(({ events }) => events[0]?.eventId ?? null),
      times(requests.map(({ at }) => at)),
      stored.map(({ fresh }) => uuids(fresh.map(({ message }) => toUuid(message.id)))),
      requests.map(({ held }) => held),
      requests.map(({ verification }) => JSON.stringify(verification)),
      numbers(requests.map(({ answerStatus }) => answerStatus)),
      stored.map(({ of }) => of !== null),
    ],
  })
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

async function countDuplicates(client: PoolClient, results: InboundAccepted[]): Promise<void> {
  const times = Map.groupBy(
    results.filter((result) => result.result === 'duplicate'),
    ({ of }) => of,
  )
  if (times.size === 0) return
  await client.query({
    name: 'count_inbound_duplicates',
    text: COUNT,
    values: [
      uuids([...times.keys()].map(toUuid)),
      numbers([...times.values()].map(({ length }) => length)),
    ],
  })
}

import { groupsOf } from '../../domain/event-type-group.ts'
import type { ApplicationId, EndpointId, EnvironmentId, MessageId } from '../../domain/ids.ts'
import { toId, toUuid } from '../../domain/ids.ts'
import type { Pool } from '../connect.ts'
import type { Idempotency } from '../idempotent-requests.ts'
import { numbers, texts, times, uuids } from './array-parameter.ts'

// One round trip and one commit for all messages that arrived together: resolve the application,
// claim the event id, insert the message, match endpoints, insert deliveries. Matching inside the
// transaction means that an endpoint which existed before a message always gets it.
// What is to be sent later is born free: its due time is all that holds it back. So is what has a place
// in order: by when this transaction began, which is after the commit of all that was accepted before.
// What belongs to a message is looked up by a probe each (`offset 0` keeps it one): a plan made while the
// tables were small would go on to join every message with every endpoint, 10 ms a batch for a thousand.
// All payloads come as one binary parameter that is cut here: an array of bytea would travel as hex.
// `first`, `only` and `last` are for what is done in the same commit: see accept-inbound.ts.
export const acceptStatement = ({ first = '', only = '', last = '' } = {}) => `
  with ${first} input as materialized (
    select i.*, substring($1::bytea from i.starts + 1 for i.bytes) as payload
      from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                  $9::text[], $10::text[], $11::int[], $12::int[], $13::int[], $14::uuid[], $15::uuid[],
                  $19::timestamptz[], $20::text[], $21::text[], $22::text[], $23::text[])
           as i (id, environment_id, application_id, application_uid, event_type, event_id, channels,
                 tags, content_type, retention_hours, starts, bytes, idempotency_key, body_hash,
                 deliver_at, schema_error, groups, headers, params)
     ${only}
  ), found as materialized (
    select i.id, a.id as application_id, a.throttle_rate
      from input i
     cross join lateral (
       select id, throttle_rate
         from (select * from application where id = i.application_id offset 0) named
        where environment_id = i.environment_id and deleted_at is null and not operational
       union all
       select id, throttle_rate from application
        where uid = i.application_uid and environment_id = i.environment_id and deleted_at is null
     ) a
  ), keyed as (
    insert into idempotent_request (key, body_hash, message_id)
    select i.idempotency_key, i.body_hash, i.id
      from input i join found f using (id)
     where i.idempotency_key is not null
     -- In one order everywhere: two batches with the same keys would deadlock.
     order by i.idempotency_key, i.id
        on conflict do nothing
    returning message_id
  ), new as materialized (
    select i.*, f.application_id as owner, f.throttle_rate
      from input i join found f using (id)
     where i.idempotency_key is null or i.id in (select message_id from keyed)
  ), claimed as (
    insert into message_event_id (application_id, event_id, message_id)
    select owner, event_id, id
      from new
     where event_id is not null
     order by owner, event_id, id
        on conflict do nothing
    returning message_id
  ), accepted as materialized (
    select id, owner as application_id, throttle_rate, event_type, event_id,
           channels::text[] as channels, tags::text[] as tags, content_type, retention_hours, payload,
           deliver_at, schema_error, headers, params,
           -- Such as lead.* and lead.status.* of lead.status.update: endpoints may name these, too.
           groups::text[] as groups
      from new
     where event_id is null or id in (select message_id from claimed)
  ), stored as (
    insert into message (id, application_id, event_type, event_id, channels, tags, payload,
                         content_type, payload_expires_at, deliver_at, schema_error,
                         headers, transformations_params)
    select id, application_id, event_type, event_id, channels, tags, payload, content_type,
           coalesce(deliver_at, now()) + retention_hours * interval '1 hour', deliver_at, schema_error,
           headers::json, params::json
      from accepted
  ), matched as materialized (
    select a.id as message_id, e.id as endpoint_id, e.revision, a.deliver_at, e.fifo, r.limited,
           -- What has a rate or an order is born free: claims alone use rates up, and keep the order.
           not r.limited and e.id <> all ($16::uuid[]) and a.deliver_at is null
           and row_number() over (order by a.deliver_at is not null, a.id) <= $17 as leased
      from accepted a
     cross join lateral (
       select * from endpoint where application_id = a.application_id and deleted_at is null offset 0
     ) e
     cross join lateral (
       select e.fifo or coalesce(e.throttle_rate, a.throttle_rate) is not null as limited
     ) r
     where not e.disabled
       and (e.event_types is null or a.event_type = any (e.event_types)
            or e.event_types && a.groups)
       and (e.channels is null or e.channels && a.channels)
  ), queued as (
    insert into pending_delivery (message_id, endpoint_id, due_at, leased_by, placed_at)
    select message_id, endpoint_id, coalesce(deliver_at, now()), case when leased then $18::uuid end,
           case when fifo then greatest(deliver_at, now()) end
      from matched
  ), polled as (
    insert into poller_waiting (poller_id, message_id, due_at)
    select p.id, a.id, coalesce(a.deliver_at, now())
      from accepted a
     cross join lateral (
       select * from poller where application_id = a.application_id and deleted_at is null offset 0
     ) p
     where (p.event_types is null or a.event_type = any (p.event_types)
            or p.event_types && a.groups)
       and (p.channels is null or p.channels && a.channels)
  )
  ${last}
  select i.id, f.application_id, a.id is not null as accepted, m.endpoint_id, m.revision, m.leased,
         m.limited
    from input i
    left join found f using (id)
    left join accepted a using (id)
    left join matched m on m.message_id = i.id`

const ACCEPT = acceptStatement()

export type NewMessage = {
  id: MessageId
  environmentId: EnvironmentId
  /** The application's id, or its uid. */
  application: { id: ApplicationId } | { uid: string }
  eventType: string
  eventId: string | null
  channels: string[] | null
  tags: string[] | null
  contentType: string | null
  payload: Buffer
  retentionHours: number
  /** When to send it, by the clock of the database; null sends at once. */
  deliverAt: Date | null
  /** What is wrong with the payload, where that is only noted. */
  schemaError: string | null
  /** When the request may be repeated: its key is claimed with the message. */
  idempotency: Idempotency | null
  /** What goes out as it came in: of its trace, or from a source. */
  headers?: [string, string][]
  /** What it brings along for the code that makes its requests. */
  params?: object | null
}

export type NewDelivery = {
  endpointId: EndpointId
  revision: number
  leased: boolean
  /** There is a rate for it, or an order: it is free, and due for the next claim. */
  limited: boolean
}

export type Accepted =
  | { result: 'accepted'; applicationId: ApplicationId; deliveries: NewDelivery[] }
  | { result: 'no_application' }
  /** The event id or the idempotency key is taken; which of them, find-earlier says. */
  | { result: 'duplicate' }

export type Lease = {
  nodeId: string
  /** How many deliveries may be born leased to the node; the others are free and due. */
  room: number
  /** Endpoints whose deliveries are born free, because the node has no room for them. */
  full: EndpointId[]
}

export type AcceptRow = {
  id: string
  application_id: string | null
  accepted: boolean
  endpoint_id: string | null
  revision: number
  leased: boolean
  limited: boolean
}

/** Commits the messages and their deliveries. The answer has one entry per message, in order. */
export async function acceptMessages(
  pool: Pool,
  messages: NewMessage[],
  lease: Lease,
): Promise<Accepted[]> {
  const values = acceptValues(messages, lease)
  const { rows } = await pool.query<AcceptRow>({ name: 'accept_messages', text: ACCEPT, values })
  const accepted = collect(rows)
  return messages.map((message) => accepted.get(message.id)!)
}

/** As many as the statement has of its own: what goes along with it counts on from here. */
export const ACCEPT_PARAMETERS = 23

export function acceptValues(messages: NewMessage[], { nodeId, room, full }: Lease): unknown[] {
  const starts: number[] = []
  let end = 0
  for (const message of messages) {
    starts.push(end)
    end += message.payload.length
  }
  return [
    messages.length === 1
      ? messages[0]!.payload
      : Buffer.concat(
          messages.map((m) => m.payload),
          end,
        ),
    uuids(messages.map((m) => toUuid(m.id))),
    uuids(messages.map((m) => toUuid(m.environmentId))),
    uuids(messages.map((m) => ('id' in m.application ? toUuid(m.application.id) : null))),
    texts(messages.map((m) => ('uid' in m.application ? m.application.uid : null))),
    texts(messages.map((m) => m.eventType)),
    texts(messages.map((m) => m.eventId)),
    texts(messages.map((m) => arrayLiteral(m.channels))),
    texts(messages.map((m) => arrayLiteral(m.tags))),
    texts(messages.map((m) => m.contentType)),
    numbers(messages.map((m) => m.retentionHours)),
    numbers(starts),
    numbers(messages.map((m) => m.payload.length)),
    uuids(messages.map((m) => m.idempotency?.key ?? null)),
    uuids(messages.map((m) => m.idempotency?.bodyHash ?? null)),
    uuidsOf(full),
    room,
    nodeId,
    times(messages.map((m) => m.deliverAt)),
    texts(messages.map((m) => m.schemaError)),
    texts(messages.map((m) => arrayLiteral(groupsOf(m.eventType)))),
    texts(messages.map((m) => m.headers && JSON.stringify(m.headers))),
    texts(messages.map((m) => m.params && JSON.stringify(m.params))),
  ]
}

/** The same list goes with many batches, and may be long. */
const known = new WeakMap<EndpointId[], string>()

function uuidsOf(endpoints: EndpointId[]): string {
  const text = known.get(endpoints) ?? uuids(endpoints.map(toUuid))
  known.set(endpoints, text)
  return text
}

/** By the ids of their messages. */
export function collect(rows: AcceptRow[]): Map<MessageId, Accepted> {
  const byUuid = new Map<string, Accepted>()
  for (const row of rows) {
    let entry = byUuid.get(row.id)
    if (entry === undefined) {
      entry = toAccepted(row)
      byUuid.set(row.id, entry)
    }
    if (entry.result === 'accepted' && row.endpoint_id !== null) {
      const { revision, leased, limited } = row
      const endpointId = toId('endpoint', row.endpoint_id)
      entry.deliveries.push({ endpointId, revision, leased, limited })
    }
  }
  return new Map([...byUuid].map(([uuid, entry]) => [toId('message', uuid), entry]))
}

function toAccepted(row: AcceptRow): Accepted {
  if (row.application_id === null) return { result: 'no_application' }
  if (!row.accepted) return { result: 'duplicate' }
  const applicationId = toId('application', row.application_id)
  return { result: 'accepted', applicationId, deliveries: [] }
}

/** PostgreSQL has no ragged arrays, so each list travels as the text of one. */
const arrayLiteral = (list: string[] | null) => list && texts(list)

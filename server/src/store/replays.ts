// Which messages a replay sends, a part at a time, in the order of their ids. Choosing is apart from
// inserting, so that a dry run counts by the very statements that the task runs.
// `offset 0` keeps the planner at one index probe for each message of the part. Left alone, it joins
// with everything the endpoint ever had: measured without statistics, 14 s instead of 0.3 s for 30,000
// deliveries.
import { sql } from 'kysely'
import { STATUS_NUMBERS } from '../domain/delivery.ts'
import { type EndpointId, lowestUuid, toUuid } from '../domain/ids.ts'
import type { DeliveryFilter, Replay, ReplayParameters } from '../domain/task.ts'
import type { Db } from './connect.ts'

/** At most `limit` messages of the next `scanned`: either keeps a part short, whatever the history. */
export type PartSize = { limit: number; scanned: number }
/** `next` is where the next part begins, or null after the last one. */
export type ReplayPart = { messages: string[]; next: string | null }

const NIL = '00000000-0000-0000-0000-000000000000'

export function pickReplayPart(
  db: Db,
  replay: Replay,
  { after, size }: { after: string | null; size: PartSize },
): Promise<ReplayPart> {
  const from = after ?? NIL
  switch (replay.kind) {
    case 'endpoint.recover':
      return pickFinished(db, replay.parameters, { filter: FAILED, from, size })
    case 'endpoint.bulk-replay':
      return pickFinished(db, replay.parameters, { filter: replay.parameters, from, size })
    case 'endpoint.replay':
      return pickMissing(db, replay.parameters, { from, size })
    default:
      return replay satisfies never
  }
}

/** As large as a task's: a dry run of a long history takes the same many short statements. */
const COUNTED: PartSize = { limit: 2_000, scanned: 2_000 }

/** How many messages a replay would send, if it ran now. */
export async function countReplay(db: Db, replay: Replay): Promise<number> {
  let count = 0
  let after: string | null = null
  do {
    const part: ReplayPart = await pickReplayPart(db, replay, { after, size: COUNTED })
    count += part.messages.length
    after = part.next
  } while (after !== null)
  return count
}

/** What waited when the endpoint was switched off has failed too, for whoever recovers. */
const FAILED = {
  eventTypes: null,
  channel: null,
  tag: null,
  status: 'failed',
  statusClass: null,
  switchedOff: true,
} as const

type Finished = {
  filter: DeliveryFilter & { switchedOff?: boolean }
  from: string
  size: PartSize
}

/** Deliveries that are over. What is under way here by another run is left to that one. */
async function pickFinished(
  db: Db,
  { endpointId, since, until }: ReplayParameters,
  { filter, from, size }: Finished,
): Promise<ReplayPart> {
  const { eventTypes, channel, tag, status, statusClass, switchedOff = false } = filter
  const statuses =
    status === 'pending' ? [] : status === null ? [1, 2, 3] : [STATUS_NUMBERS[status]]
  const endpoint = sql`${toUuid(endpointId)}::uuid`
  return part(
    db,
    size,
    sql`
      select message_id, status, reason
        from finished_delivery
       where endpoint_id = ${endpoint} and ${inSpan('message_id', { since, until, from })}
       order by message_id limit ${size.scanned}`,
    sql`
      select s.message_id
        from scanned s
        cross join lateral (select * from message where id = s.message_id offset 0) m
       where (s.status = any (${statuses}::int[])
              or ${switchedOff} and s.status = ${STATUS_NUMBERS.cancelled} and s.reason = 'endpoint_disabled')
         and m.payload is not null and m.payload_expires_at > now()
         and (m.deliver_at is null or m.deliver_at <= now())
         and (${eventTypes}::text[] is null or m.event_type = any (${eventTypes}::text[]))
         and (${channel}::text is null or ${channel}::text = any (m.channels))
         and (${tag}::text is null or ${tag}::text = any (m.tags))
         and (${statusClass}::int is null or exists (
               select from (select * from attempt where message_id = s.message_id offset 0) a
                where a.endpoint_id = ${endpoint}
                  and coalesce(a.response_status, 0) / 100 * 100 = ${statusClass}::int
               offset 0))
         and not exists (select from pending_delivery p
                          where p.message_id = s.message_id and p.endpoint_id = ${endpoint}
                         offset 0)
       order by s.message_id limit ${size.limit}`,
  )
}

/** Messages that would match the endpoint as it is now, and of which it was never sent an attempt. */
async function pickMissing(
  db: Db,
  { applicationId, endpointId, since, until }: ReplayParameters,
  { from, size }: { from: string; size: PartSize },
): Promise<ReplayPart> {
  const endpoint = sql`${toUuid(endpointId)}::uuid`
  return part(
    db,
    size,
    sql`
      select id as message_id, event_type, channels,
             payload is not null and payload_expires_at > now()
             and (deliver_at is null or deliver_at <= now()) as sendable
        from message
       where application_id = ${toUuid(applicationId)}::uuid
         and ${inSpan('id', { since, until, from })}
       order by id limit ${size.scanned}`,
    sql`
      select s.message_id
        from scanned s
        join endpoint e on e.id = ${endpoint}
       where s.sendable
         and (e.event_types is null or s.event_type = any (e.event_types)
              or e.event_types && event_type_groups(s.event_type))
         and (e.channels is null or e.channels && s.channels)
         and not exists (select from pending_delivery p
                          where p.message_id = s.message_id and p.endpoint_id = e.id
                         offset 0)
         and not exists (
           select from finished_delivery f
            where f.message_id = s.message_id and f.endpoint_id = e.id
              -- Ended before its first attempt because the endpoint was off: it was never tried.
              and not (f.attempts = 0 and f.reason = 'endpoint_disabled'
                       and not exists (
                             select from (select * from attempt where message_id = s.message_id offset 0) a
                              where a.endpoint_id = e.id
                             offset 0))
           offset 0)
       order by s.message_id limit ${size.limit}`,
  )
}

type Sql = ReturnType<typeof sql>

/** A part that is full goes on behind its last message, else behind the last one looked at. */
async function part(db: Db, { limit, scanned }: PartSize, scan: Sql, pick: Sql) {
  const { rows } = await sql<ReplayPart>`
    with scanned as materialized (${scan}),
         picked as materialized (${pick})
    select (select coalesce(array_agg(message_id::text), '{}') from picked) as messages,
           case when (select count(*) from picked) >= ${limit}
                then (select max(message_id::text) from picked)
                when (select count(*) from scanned) >= ${scanned}
                then (select max(message_id::text) from scanned)
           end as next`.execute(db)
  return rows[0]!
}

function inSpan(
  column: string,
  { since, until, from }: { since: string; until: string; from: string },
) {
  const id = sql.ref(column)
  return sql`${id} > ${from}::uuid and ${id} >= ${lowestUuid(new Date(since))}::uuid
         and ${id} < ${lowestUuid(new Date(until))}::uuid`
}

/**
 * Whether an endpoint takes replays now. Its row stays locked until the transaction ends, so that two
 * replays of one endpoint see each other's runs and do not send a message twice.
 */
export async function lockForReplay(
  tx: Db,
  endpointId: EndpointId,
): Promise<'ready' | 'endpoint_disabled' | 'endpoint_deleted'> {
  const row = await tx
    .selectFrom('endpoint')
    .select(['disabled', 'deleted_at'])
    .where('id', '=', toUuid(endpointId))
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (row === undefined || row.deleted_at !== null) return 'endpoint_deleted'
  return row.disabled ? 'endpoint_disabled' : 'ready'
}

/**
 * How many runs of the endpoint are due and not yet in a node's hands; counts no further than `max`. What
 * waits in order does not count: resends go beside it.
 */
export async function countWaitingRuns(db: Db, endpointId: EndpointId, max: number) {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count
      from (select from pending_delivery
             where leased_by is null and placed_at is null and endpoint_id = ${toUuid(endpointId)}
               and due_at <= now()
             limit ${max}) waiting`.execute(db)
  return rows[0]!.count
}

/** Commits one manual run for each message, past all filters. */
export async function insertResends(tx: Db, endpointId: EndpointId, messages: string[]) {
  await sql`
    insert into pending_delivery (message_id, endpoint_id, resend, due_at)
    select id, ${toUuid(endpointId)}, nextval('resend_number'), now()
      from unnest(${messages}::uuid[]) as m (id)`.execute(tx)
}

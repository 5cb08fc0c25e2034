// What came to a source: accepted requests, and beside them the ring of those that became nothing.
import { sql } from 'kysely'
import { notFound } from '../domain/errors.ts'
import {
  type InboundRequestId,
  newUuid,
  parseId,
  type SourceId,
  toId,
  toUuid,
} from '../domain/ids.ts'
import {
  type Finding,
  type InboundOutcome,
  type InboundRequest,
  type InboundVerification,
  KEPT_OF_REJECTED,
  MAX_NOTED,
  type RawRequest,
  type Source,
} from '../domain/source.ts'
import type { Db } from './connect.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'

export type Noted = {
  sourceId: SourceId
  outcome: Exclude<InboundOutcome, 'accepted'>
  reason: string | null
  findings: Finding[]
  request: RawRequest
  /** Of the whole body, as far as it was read. */
  bodyBytes: number
  answerStatus: number
  duplicateOf: InboundRequestId | null
}

/** The oldest of the same outcome make room. */
export async function noteRequest(db: Db, noted: Noted): Promise<void> {
  const { sourceId, outcome, request } = noted
  await sql`
    insert into inbound_noted (id, source_id, outcome, reason, findings, method, target, http_version,
                               headers, remote_address, body, body_bytes, answer_status, duplicate_of)
    values (${newUuid()}, ${toUuid(sourceId)}, ${outcome}, ${noted.reason},
            ${JSON.stringify(noted.findings)}, ${request.method}, ${request.target},
            ${request.httpVersion}, ${JSON.stringify(request.headers)}, ${request.remoteAddress},
            ${request.body.subarray(0, KEPT_OF_REJECTED)}, ${noted.bodyBytes},
            ${noted.answerStatus}, ${noted.duplicateOf && toUuid(noted.duplicateOf)})`.execute(db)
  await sql`
    delete from inbound_noted
     where id in (select id from inbound_noted
                   where source_id = ${toUuid(sourceId)} and outcome = ${outcome}
                   order by id desc offset ${MAX_NOTED})`.execute(db)
}

export type InboundFilter = {
  outcome: InboundOutcome | null
  reason: string | null
  eventType: string | null
}

type Row = {
  id: string
  outcome: InboundOutcome
  reason: string | null
  findings: Finding[]
  method: string
  target: string
  http_version: string
  headers: [string, string][]
  remote_address: string
  body_bytes: number
  event_type: string | null
  event_id: string | null
  event_at: Date | null
  message_ids: string[]
  held: boolean
  verification: InboundVerification | null
  answer_status: number
  duplicates: number
  replay_suspected: boolean
  duplicate_of: string | null
}

const ACCEPTED = sql`
  select id, 'accepted' as outcome, null::text as reason, '[]'::json as findings, method, target,
         http_version, headers, remote_address, body_bytes, event_type, event_id, event_at, message_ids,
         held, verification, answer_status, duplicates, replay_suspected, null::uuid as duplicate_of
    from inbound_request`

const NOTED = sql`
  select id, outcome, reason, findings, method, target, http_version, headers, remote_address,
         body_bytes, null::text as event_type, null::text as event_id, null::timestamptz as event_at,
         '{}'::uuid[] as message_ids, false as held, null::json as verification, answer_status, 0 as duplicates,
         false as replay_suspected, duplicate_of
    from inbound_noted`

/** Of all outcomes, in the order in which they came. */
export async function listInboundRequests(
  db: Db,
  sourceId: SourceId,
  { request: page, filter }: { request: PageRequest; filter: InboundFilter },
): Promise<Page<InboundRequest>> {
  const { outcome, reason, eventType } = filter
  const direction = sql.raw(sortDirection(page))
  const last = sql`order by id ${direction} limit ${page.limit + 1}`
  const mine = sql`source_id = ${toUuid(sourceId)} and ${beyondCursor(page, 'id', 'uuid')}`
  const wantsAccepted = (outcome === null || outcome === 'accepted') && reason === null
  const wantsNoted = outcome !== 'accepted' && eventType === null
  const { rows } = await sql<Row>`
    select * from (
      (${ACCEPTED}
        where ${wantsAccepted} and ${mine}
          and (${eventType}::text is null or event_type = ${eventType}) ${last})
      union all
      (${NOTED}
        where ${wantsNoted} and ${mine}
          and (${outcome}::text is null or outcome = ${outcome})
          and (${reason}::text is null or reason = ${reason}) ${last})
    ) r ${last}`.execute(db)
  return toPage(rows.map(toRequest), page)
}

/** With its body; null when it was erased with its message. Throws not_found. */
export async function getInboundRequest(
  db: Db,
  sourceId: SourceId,
  name: string,
): Promise<{ request: InboundRequest; body: Buffer | null }> {
  const id = parseId('inboundRequest', name)
  if (id === null) throw notFound()
  const { rows } = await sql<Row & { body: Buffer | null }>`
    select r.*, coalesce(
             (select body from inbound_request where id = r.id),
             (select body from inbound_noted where id = r.id),
             (select case when payload_expires_at > now() then payload end from message
               where id = r.message_ids[1] and cardinality(r.message_ids) = 1)) as body
      from ((${ACCEPTED} where id = ${toUuid(id)} and source_id = ${toUuid(sourceId)})
            union all
            (${NOTED} where id = ${toUuid(id)} and source_id = ${toUuid(sourceId)})) r`.execute(db)
  if (rows[0] === undefined) throw notFound()
  return { request: toRequest(rows[0]), body: rows[0].body }
}

/** When messages of a paused source are due: their deliveries wait like those of scheduled ones. */
export const HELD_UNTIL = new Date('9999-01-01T00:00:00Z')

export type HeldSource = Pick<Source, 'id' | 'applicationId'>

/** Sources that go on and still have what came while they were paused. */
export async function listHeldSources(db: Db): Promise<HeldSource[]> {
  const { rows } = await sql<{ id: string; application_id: string }>`
    select s.id, s.application_id
      from source s
     where not s.paused and s.deleted_at is null
       and exists (select from inbound_request r where r.source_id = s.id and r.held)`.execute(db)
  return rows.map((row) => ({
    id: toId('source', row.id),
    applicationId: toId('application', row.application_id),
  }))
}

/**
 * The next messages that waited for the source to go on are due from now on, the oldest first. Says of
 * how many requests.
 */
export async function resumeHeld(tx: Db, source: HeldSource, limit: number): Promise<number> {
  const { rows } = await sql<{ message_ids: string[] }>`
    update inbound_request
       set held = false
     where id in (select id from inbound_request
                   where source_id = ${toUuid(source.id)} and held
                   order by id limit ${limit} for update skip locked)
    returning message_ids`.execute(tx)
  const ids = rows.flatMap((row) => row.message_ids)
  const application = toUuid(source.applicationId)
  await sql`
    update message
       set deliver_at = null, payload_expires_at = now() + (payload_expires_at - deliver_at)
     where id = any (${ids}::uuid[]) and deliver_at = ${HELD_UNTIL}`.execute(tx)
  await sql`
    update pending_delivery
       set due_at = now(), placed_at = case when placed_at is not null then now() end
     where endpoint_id in (select id from endpoint where application_id = ${application})
       and message_id = any (${ids}::uuid[]) and due_at = ${HELD_UNTIL}`.execute(tx)
  await sql`
    update poller_waiting
       set due_at = now()
     where poller_id in (select id from poller where application_id = ${application})
       and message_id = any (${ids}::uuid[]) and due_at = ${HELD_UNTIL}`.execute(tx)
  return rows.length
}

const toRequest = (row: Row): InboundRequest => ({
  id: toId('inboundRequest', row.id),
  outcome: row.outcome,
  reason: row.reason,
  findings: row.findings,
  method: row.method,
  target: row.target,
  httpVersion: row.http_version,
  headers: row.headers,
  remoteAddress: row.remote_address,
  bodyBytes: row.body_bytes,
  eventType: row.event_type,
  eventId: row.event_id,
  eventAt: row.event_at,
  messageIds: row.message_ids.map((id) => toId('message', id)),
  held: row.held,
  verification: row.verification,
  answerStatus: row.answer_status,
  duplicates: row.duplicates,
  replaySuspected: row.replay_suspected,
  duplicateOf: row.duplicate_of === null ? null : toId('inboundRequest', row.duplicate_of),
})

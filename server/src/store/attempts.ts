import { type Selectable, sql } from 'kysely'
import type { Attempt } from '../domain/attempt.ts'
import { notFound } from '../domain/errors.ts'
import {
  type AttemptId,
  type EndpointId,
  type MessageId,
  timeOf,
  toId,
  toUuid,
} from '../domain/ids.ts'
import type { FailureCode } from '../domain/outcome.ts'
import type { Db } from './connect.ts'
import { type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'
import { inWindow, type TimeBounds, windowOf } from './time-window.ts'

export type AttemptFilter = TimeBounds & {
  succeeded: boolean | null
  /** 0 for no response, else 100, 200, …: the hundreds of the status. */
  statusClass: number | null
  eventTypes: string[] | null
  channel: string | null
  tag: string | null
}

type Listed = { request: PageRequest; filter: AttemptFilter; now: Date }

/** Attempts of one message, newest first; `endpointId` narrows them to one endpoint. */
export function listAttemptsOfMessage(
  db: Db,
  { messageId, endpointId }: { messageId: MessageId; endpointId: EndpointId | null },
  listed: Listed,
): Promise<Page<Attempt>> {
  const ofEndpoint = endpointId === null ? sql`true` : sql`endpoint_id = ${toUuid(endpointId)}`
  return listAttempts(db, sql<boolean>`message_id = ${toUuid(messageId)} and ${ofEndpoint}`, listed)
}

/** Attempts of one endpoint, newest first. */
export function listAttemptsOfEndpoint(
  db: Db,
  endpointId: EndpointId,
  listed: Listed,
): Promise<Page<Attempt>> {
  return listAttempts(db, sql<boolean>`endpoint_id = ${toUuid(endpointId)}`, listed)
}

async function listAttempts(
  db: Db,
  owner: ReturnType<typeof sql<boolean>>,
  { request, filter, now }: Listed,
): Promise<Page<Attempt>> {
  const page = windowOf(request, filter, now)
  let query = db.selectFrom('attempt').selectAll().where(owner).where(inWindow(page, 'id'))
  if (filter.succeeded !== null) query = query.where('succeeded', '=', filter.succeeded)
  if (filter.statusClass === 0) query = query.where('response_status', 'is', null)
  else if (filter.statusClass !== null) {
    query = query
      .where('response_status', '>=', filter.statusClass)
      .where('response_status', '<', filter.statusClass + 100)
  }
  if (filter.eventTypes !== null || filter.channel !== null || filter.tag !== null) {
    query = query.where(sql<boolean>`exists (
      select from message m
       where m.id = attempt.message_id
         and (${filter.eventTypes}::text[] is null or m.event_type = any (${filter.eventTypes}::text[]))
         and (${filter.channel}::text is null or ${filter.channel}::text = any (m.channels))
         and (${filter.tag}::text is null or ${filter.tag}::text = any (m.tags)))`)
  }
  const rows = await query
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toAttempt), page)
}

/** Throws not_found, also for an attempt of another message. */
export async function getAttempt(db: Db, messageId: MessageId, id: AttemptId): Promise<Attempt> {
  const row = await db
    .selectFrom('attempt')
    .selectAll()
    .where('id', '=', toUuid(id))
    .where('message_id', '=', toUuid(messageId))
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toAttempt(row)
}

const toAttempt = (row: Selectable<Tables['attempt']>): Attempt => {
  const id = toId('attempt', row.id)
  return {
    id,
    messageId: toId('message', row.message_id),
    endpointId: toId('endpoint', row.endpoint_id),
    trigger: row.resend === '0' ? 'scheduled' : 'manual',
    succeeded: row.succeeded,
    url: row.url,
    responseStatus: row.response_status,
    responseBody: row.response_body,
    expunged: row.expunged,
    failureCode: row.failure_code as FailureCode | null,
    failureDetail: row.failure_detail,
    failureMessage: row.failure_message,
    durationMs: row.duration_ms,
    attemptedAt: timeOf(id),
  }
}

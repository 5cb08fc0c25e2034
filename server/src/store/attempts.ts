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
import { type MessageFilter, ofMessage } from './message-filter.ts'
import { type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'
import { inWindow, windowOf } from './time-window.ts'

export type AttemptFilter = MessageFilter & {
  succeeded: boolean | null
  /** 0 for no response, else 100, 200, …: the hundreds of the status. */
  statusClass: number | null
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
  owner: Owner,
  { request, filter, now }: Listed,
): Promise<Page<Attempt>> {
  const page = windowOf(request, filter, now)
  const rows = await matching(db, owner, { page, filter })
    .selectAll()
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toAttempt), page)
}

/** How many attempts of an endpoint there are, counted up to `limit`. */
export async function countAttemptsOfEndpoint(
  db: Db,
  endpointId: EndpointId,
  { request, filter, now }: Listed,
): Promise<{ count: number; atLimit: boolean }> {
  const page = windowOf(request, filter, now)
  const owner = sql<boolean>`endpoint_id = ${toUuid(endpointId)}`
  const rows = matching(db, owner, { page, filter })
    .select('id')
    .limit(page.limit + 1)
  const { count } = await db
    .selectFrom(rows.as('found'))
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return { count: Math.min(Number(count), page.limit), atLimit: Number(count) > page.limit }
}

type Owner = ReturnType<typeof sql<boolean>>
type Matched = { page: ReturnType<typeof windowOf>; filter: AttemptFilter }

function matching(db: Db, owner: Owner, { page, filter }: Matched) {
  let query = db.selectFrom('attempt').where(owner).where(inWindow(page, 'id'))
  if (filter.succeeded !== null) query = query.where('succeeded', '=', filter.succeeded)
  if (filter.statusClass === 0) query = query.where('response_status', 'is', null)
  else if (filter.statusClass !== null) {
    query = query
      .where('response_status', '>=', filter.statusClass)
      .where('response_status', '<', filter.statusClass + 100)
  }
  return query.where(ofMessage('attempt.message_id', filter))
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

/** What was sent with an attempt and what came back; the values of secret ones were never stored. */
export async function getAttemptHeaders(
  db: Db,
  messageId: MessageId,
  id: AttemptId,
): Promise<{ sent: Record<string, string>; received: [string, string][] | null }> {
  const row = await db
    .selectFrom('attempt')
    .select(['request_headers', 'response_headers'])
    .where('id', '=', toUuid(id))
    .where('message_id', '=', toUuid(messageId))
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return { sent: row.request_headers ?? {}, received: row.response_headers }
}

/** Erases what the receiver answered, its headers too. Throws not_found. */
export async function expungeAttempt(db: Db, messageId: MessageId, id: AttemptId): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('attempt')
    .set({ response_body: null, response_headers: null, expunged: true })
    .where('id', '=', toUuid(id))
    .where('message_id', '=', toUuid(messageId))
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw notFound()
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

import { type Selectable, sql } from 'kysely'
import type { Attempt } from '../domain/attempt.ts'
import { fromEntries, type Headers, pairsOf } from '../domain/custom-headers.ts'
import { notFound } from '../domain/errors.ts'
import {
  type ApplicationId,
  type AttemptId,
  type EndpointId,
  lowestUuid,
  type MessageId,
  timeOf,
  toId,
  toUuid,
} from '../domain/ids.ts'
import type { FailureCode } from '../domain/outcome.ts'
import type { Db } from './connect.ts'
import { findFewMessages, type MessageFilter, ofMessage } from './message-filter.ts'
import { type Page, type PageRequest, sortDirection } from './page.ts'
import type { Tables } from './tables.ts'
import { inWindow, uuidTime, type WindowedPage, windowOf } from './time-window.ts'
import { MOST_PROBED, MOST_READ, toWalkedPage, type Walked, walk } from './walk.ts'

const DAY_MS = 24 * 3600 * 1000
/** A count may look further than a page: nobody pages through counts. */
const MOST_COUNTED = 6_000

export type AttemptFilter = MessageFilter & {
  succeeded: boolean | null
  /** 0 for no response, else 100, 200, …: the hundreds of the status. */
  statusClass: number | null
}

type Listed = { request: PageRequest; filter: AttemptFilter; now: Date }
/** Whose attempts: of a message, of an endpoint, or of both. */
type Owner = { applicationId: ApplicationId; messageId?: MessageId; endpointId?: EndpointId }

/** Newest first. */
export async function listAttempts(
  db: Db,
  owner: Owner,
  { request, filter, now }: Listed,
): Promise<Page<Attempt>> {
  const page = windowOf(request, filter, now)
  const found = await walkAttempts(db, owner, { page, filter, most: MOST_PROBED })
  const { rows } = await sql<Selectable<Tables['attempt']> & Walked>`
    select a.*, w.matches, w.last
      from ${found} w
     cross join lateral (select * from attempt where id = w.id offset 0) a
     order by a.id ${sql.raw(sortDirection(page))}`.execute(db)
  return toWalkedPage(rows, page, { kind: 'attempt', toItem: toAttempt })
}

/** How many there are, counted up to `limit`; `approximated` when more may lie behind. */
export async function countAttempts(
  db: Db,
  owner: Owner,
  { request, filter, now }: Listed,
): Promise<{ count: number; approximated: boolean }> {
  const page = windowOf(request, filter, now)
  const found = await walkAttempts(db, owner, { page, filter, most: MOST_COUNTED })
  const { rows } = await sql<{ count: number; stopped: boolean }>`
    select (count(*) filter (where matches))::int as count, coalesce(bool_or(last), false) as stopped
      from ${found} w`.execute(db)
  const { count, stopped } = rows[0]!
  return { count: Math.min(count, page.limit), approximated: stopped || count > page.limit }
}

async function walkAttempts(
  db: Db,
  { applicationId, messageId, endpointId }: Owner,
  { page, filter, most }: { page: WindowedPage; filter: AttemptFilter; most: number },
) {
  const few = messageId === undefined ? await findFewMessages(db, applicationId, filter) : null
  const like = ofMessage('s.message_id', filter)
  const succeeded =
    filter.succeeded === null ? sql`true` : sql`s.succeeded = ${sql.lit(filter.succeeded)}`
  const statusClass = filter.statusClass === 200 ? sql`${CLASS} = 2` : sql`true`
  return walk(page, {
    sources: [
      sql`
      select id, message_id, succeeded, response_status
        from ${few === null ? sql`attempt` : attemptsOf(few)} a
       where ${messageId === undefined ? sql`true` : sql`message_id = ${toUuid(messageId)}`}
         and ${endpointId === undefined ? sql`true` : sql`endpoint_id = ${toUuid(endpointId)}`}
         and ${inWindow(page, 'id')} and ${indexed(filter)}`,
    ],
    matches: sql<boolean>`(${succeeded} and ${statusClass} and ${like ?? sql`true`})`,
    most: like === null ? MOST_READ : most,
  })
}

/** An attempt is younger than its message, but for nodes' clocks: partitions before are left out. */
function attemptsOf(messages: string[]) {
  const earliest = messages.map((id) => lowestUuid(new Date(uuidTime(id).getTime() - DAY_MS)))
  return sql`
    unnest(${messages}::uuid[], ${earliest}::uuid[]) as f (of, earliest)
    cross join lateral (
      select * from attempt where message_id = f.of and id >= f.earliest offset 0)`
}

/** As the index of attempts with another status than 2xx has it. */
const CLASS = sql`(coalesce(response_status, 0) / 100)`

/** What indexes answer: failed ones, and each class of statuses but the usual one. */
function indexed({ succeeded, statusClass }: AttemptFilter) {
  if (statusClass !== null && statusClass !== 200) {
    return sql`${CLASS} <> 2 and ${CLASS} = ${sql.lit(statusClass / 100)}`
  }
  return succeeded === false ? sql`not succeeded` : sql`true`
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
): Promise<{ sent: Headers; received: [string, string][] | null }> {
  const row = await db
    .selectFrom('attempt')
    .select(['request_headers', 'response_headers'])
    .where('id', '=', toUuid(id))
    .where('message_id', '=', toUuid(messageId))
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return { sent: toSent(row.request_headers), received: row.response_headers }
}

/** Earlier ones were kept as an object. */
function toSent(kept: string[] | Headers | null): Headers {
  return Array.isArray(kept) ? fromEntries(pairsOf(kept)) : (kept ?? {})
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

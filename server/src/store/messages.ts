import { type Selectable, sql } from 'kysely'
import { notFound } from '../domain/errors.ts'
import { type ApplicationId, type MessageId, parseId, timeOf, toId, toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from './connect.ts'
import { type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'
import { inWindow, type TimeBounds, windowOf } from './time-window.ts'

/** An expired payload is gone from its hour on, though it is erased a little later. */
const COLUMNS = [
  'id',
  'application_id',
  'event_type',
  'event_id',
  'channels',
  'tags',
  'content_type',
  sql<Buffer | null>`case when payload_expires_at > now() then payload end`.as('payload'),
] as const

/** Throws not_found, also for a message of another application. */
export async function getMessage(db: Db, applicationId: ApplicationId, idOrEventId: string) {
  const id =
    parseId('message', idOrEventId) ?? (await findByEventId(db, applicationId, idOrEventId))
  const row =
    id === null
      ? undefined
      : await db
          .selectFrom('message')
          .select(COLUMNS)
          .where('id', '=', toUuid(id))
          .where('application_id', '=', toUuid(applicationId))
          .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toMessage(row)
}

async function findByEventId(db: Db, applicationId: ApplicationId, eventId: string) {
  const { rows } = await sql<{ message_id: string }>`
    select message_id from message_event_id
     where application_id = ${toUuid(applicationId)} and event_id = ${eventId}`.execute(db)
  return rows[0] === undefined ? null : toId('message', rows[0].message_id)
}

export type MessageFilter = TimeBounds & {
  eventTypes: string[] | null
  channel: string | null
  tag: string | null
}

/** Newest first, at most 90 days unless a date says otherwise. */
export async function listMessages(
  db: Db,
  applicationId: ApplicationId,
  { request, filter, now }: { request: PageRequest; filter: MessageFilter; now: Date },
): Promise<Page<Message>> {
  const page = windowOf(request, filter, now)
  let query = db
    .selectFrom('message')
    .select(COLUMNS)
    .where('application_id', '=', toUuid(applicationId))
    .where(inWindow(page, 'id'))
  if (filter.eventTypes !== null) query = query.where('event_type', 'in', filter.eventTypes)
  if (filter.channel !== null) query = query.where(sql<boolean>`${filter.channel} = any (channels)`)
  if (filter.tag !== null) query = query.where(sql<boolean>`${filter.tag} = any (tags)`)
  const rows = await query
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toMessage), page)
}

/** Erases the payload; the message stays and can no longer be sent. */
export async function expungePayload(db: Db, id: MessageId): Promise<void> {
  await db.updateTable('message').set({ payload: null }).where('id', '=', toUuid(id)).execute()
}

/** A payload and its content type, for sending; null once expunged. */
export async function findPayload(db: Db, id: MessageId): Promise<Buffer | null> {
  const row = await db
    .selectFrom('message')
    .select('payload')
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  return row?.payload ?? null
}

const toMessage = (row: Omit<Selectable<Tables['message']>, 'payload_expires_at'>): Message => {
  const id = toId('message', row.id)
  return {
    id,
    applicationId: toId('application', row.application_id),
    eventType: row.event_type,
    eventId: row.event_id,
    channels: row.channels,
    tags: row.tags,
    payload: row.payload,
    contentType: row.content_type,
    createdAt: timeOf(id),
  }
}

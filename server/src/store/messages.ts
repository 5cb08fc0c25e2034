import { type Selectable, sql } from 'kysely'
import { notFound } from '../domain/errors.ts'
import { type ApplicationId, type MessageId, parseId, timeOf, toId, toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from './connect.ts'
import { indexedTypes, likeMessage, type MessageFilter } from './message-filter.ts'
import { type Page, type PageRequest, sortDirection } from './page.ts'
import type { Tables } from './tables.ts'
import { inWindow, windowOf } from './time-window.ts'
import { MOST_PROBED, MOST_READ, toWalkedPage, type Walked, walk } from './walk.ts'

type Sql = ReturnType<typeof sql>

const FIELDS = [
  'id',
  'application_id',
  'event_type',
  'event_id',
  'channels',
  'tags',
  'content_type',
  'deliver_at',
] as const

/** What has expired is gone from its hour on, though it is erased a little later. */
const unexpired = <Value>(table: string, column: string) => sql<Value | null>`
  case when ${sql.ref(`${table}.payload_expires_at`)} > now() then ${sql.ref(`${table}.${column}`)} end`
const payloadOf = (table: string) => unexpired<Buffer>(table, 'payload')
/** It may quote the payload. */
const schemaErrorOf = (table: string) => unexpired<string>(table, 'schema_error')

const FIELDS_AND_ERROR = [...FIELDS, schemaErrorOf('message').as('schema_error')] as const
const COLUMNS = [...FIELDS_AND_ERROR, payloadOf('message').as('payload')] as const

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

/** Whosever it is: for ids that we wrote down ourselves. */
export async function findMessage(db: Db, id: MessageId): Promise<Message | null> {
  const row = await db
    .selectFrom('message')
    .select(COLUMNS)
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  return row === undefined ? null : toMessage(row)
}

/** Null when the application has none. */
export async function findByEventId(db: Db, applicationId: ApplicationId, eventId: string) {
  const { rows } = await sql<{ message_id: string }>`
    select message_id from message_event_id
     where application_id = ${toUuid(applicationId)} and event_id = ${eventId}`.execute(db)
  return rows[0] === undefined ? null : toId('message', rows[0].message_id)
}

/** Newest first, at most 90 days unless a date says otherwise. */
export async function listMessages(
  db: Db,
  applicationId: ApplicationId,
  { request, filter, now }: { request: PageRequest; filter: MessageFilter; now: Date },
): Promise<Page<Message>> {
  const page = windowOf(request, filter, now)
  const types = indexedTypes(filter)
  const from = (typed: Sql) => sql`
    select id, event_type, channels, tags from message
     where application_id = ${toUuid(applicationId)} and ${inWindow(page, 'id')} and ${typed}`
  const found = walk(page, {
    sources: types?.map((type) => from(sql`event_type = ${type}`)) ?? [from(sql`true`)],
    matches:
      likeMessage('s', types === null ? filter : { ...filter, eventTypes: null }) ?? sql`true`,
    most: types === null ? MOST_READ : MOST_PROBED,
  })
  const { rows } = await sql<MessageRow & Walked>`
    select ${messageColumns('m')}, w.matches, w.last
      from ${found} w
     cross join lateral (select * from message where id = w.id offset 0) m
     order by m.id ${sql.raw(sortDirection(page))}`.execute(db)
  return toWalkedPage(rows, page, { kind: 'message', toItem: toMessage })
}

/** Of these ids those that exist, without their payloads. */
export async function listMessagesById(db: Db, ids: MessageId[]): Promise<Map<MessageId, Message>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('message')
    .select(FIELDS_AND_ERROR)
    .where('id', 'in', ids.map(toUuid))
    .execute()
  const messages = rows.map((row) => toMessage({ ...row, payload: null }))
  return new Map(messages.map((message) => [message.id, message]))
}

/** Of these ids those that exist, in their order, with their payloads. */
export async function listWholeMessages(db: Db, ids: MessageId[]): Promise<Message[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('message')
    .select(COLUMNS)
    .where('id', 'in', ids.map(toUuid))
    .execute()
  const messages = new Map(rows.map((row) => [toId('message', row.id), toMessage(row)]))
  return ids.flatMap((id) => messages.get(id) ?? [])
}

/** Of these messages, of a source, all that it takes to send them again; erased ones are left out. */
export async function listForSendingAgain(db: Db, ids: MessageId[]) {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('message')
    .select([...COLUMNS, 'headers'])
    .where('id', 'in', ids.map(toUuid))
    .execute()
  const messages = rows.map((row) => ({ ...toMessage(row), headers: row.headers }))
  return messages.filter(({ payload }) => payload !== null)
}

/** Erases the payload; the message stays and can no longer be sent. */
export async function expungePayload(db: Db, id: MessageId): Promise<void> {
  await db
    .updateTable('message')
    .set({ payload: null, schema_error: null, transformations_params: null })
    .where('id', '=', toUuid(id))
    .execute()
}

/** Erases the payloads of these messages of an application; says which of `names` it has. */
export async function expungePayloads(
  db: Db,
  applicationId: ApplicationId,
  names: string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    with named as materialized (
      select name, id from unnest(${names}::text[], ${names.map(uuidOrNull)}::uuid[]) as n (name, id)
    ), found as materialized (
      select n.name, coalesce(n.id, e.message_id) as id
        from named n
        left join message_event_id e
          on n.id is null and e.application_id = ${toUuid(applicationId)} and e.event_id = n.name
    ), erased as (
      update message m set payload = null, schema_error = null, transformations_params = null
        from found f
       where m.id = f.id and m.application_id = ${toUuid(applicationId)}
      returning m.id
    )
    select f.name from found f join erased using (id)`.execute(db)
  return new Set(rows.map(({ name }) => name))
}

function uuidOrNull(name: string): string | null {
  const id = parseId('message', name)
  return id === null ? null : toUuid(id)
}

/** A payload for sending; null once expunged or expired. */
export async function findPayload(db: Db, id: MessageId): Promise<Buffer | null> {
  const row = await db
    .selectFrom('message')
    .select(payloadOf('message').as('payload'))
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  return row?.payload ?? null
}

/** The columns of a message in a statement written by hand. */
export const messageColumns = (table: string) => {
  const fields = FIELDS.map((name) => sql.ref(`${table}.${name}`))
  return sql`${sql.join(fields)}, ${schemaErrorOf(table)} as schema_error, ${payloadOf(table)} as payload`
}

export type MessageRow = Omit<
  Selectable<Tables['message']>,
  'payload_expires_at' | 'headers' | 'transformations_params'
>

export const toMessage = (row: MessageRow): Message => {
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
    deliverAt: row.deliver_at,
    schemaError: row.schema_error,
    createdAt: timeOf(id),
  }
}

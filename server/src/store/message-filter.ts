// Filters of lists whose rows belong to messages.
import { sql } from 'kysely'
import { type ApplicationId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import type { TimeBounds } from './time-window.ts'

export type MessageFilter = TimeBounds & {
  eventTypes: string[] | null
  channel: string | null
  tag: string | null
}

/** Further names are looked for among all messages. */
const MAX_TYPES = 10
/** Going through a few is quicker than finding them among all that an endpoint got. */
const FEW = 300

/** The filters on the columns of a message; costs nothing when there are none. */
export function likeMessage(table: string, { eventTypes, channel, tag }: MessageFilter) {
  const column = (name: string) => sql.ref(`${table}.${name}`)
  const conditions = [
    ...(eventTypes === null ? [] : [sql`${column('event_type')} = any (${eventTypes}::text[])`]),
    ...(channel === null ? [] : [sql`coalesce(${channel} = any (${column('channels')}), false)`]),
    ...(tag === null ? [] : [sql`coalesce(${tag} = any (${column('tags')}), false)`]),
  ]
  return conditions.length === 0 ? null : sql<boolean>`(${sql.join(conditions, sql` and `)})`
}

/**
 * The same of a row that belongs to a message. `offset 0` keeps it at one probe a row: left alone, the
 * planner reads all messages first.
 */
export function ofMessage(messageId: string, filter: MessageFilter) {
  const like = likeMessage('m', filter)
  return like === null
    ? null
    : sql<boolean>`exists (select from message m where m.id = ${sql.ref(messageId)} and ${like} offset 0)`
}

/** Types that can be looked for by the index, each by itself; null when there are none, or too many. */
export const indexedTypes = ({ eventTypes }: MessageFilter) =>
  eventTypes !== null && new Set(eventTypes).size <= MAX_TYPES ? [...new Set(eventTypes)] : null

/** The messages of the wanted types if they are few, whatever else is wanted of them; else null. */
export async function findFewMessages(
  db: Db,
  applicationId: ApplicationId,
  filter: MessageFilter,
): Promise<string[] | null> {
  const types = indexedTypes(filter)
  if (types === null) return null
  const firstOf = (type: string) => sql`(
    select id from message
     where application_id = ${toUuid(applicationId)} and event_type = ${type}
     order by id desc limit ${sql.lit(FEW + 1)})`
  const { rows } = await sql<{ id: string }>`
    select id from (${sql.join(types.map(firstOf), sql` union all `)}) m
     limit ${sql.lit(FEW + 1)}`.execute(db)
  return rows.length > FEW ? null : rows.map(({ id }) => id)
}

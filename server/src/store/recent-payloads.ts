import { sql } from 'kysely'
import { type ApplicationId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

/** Larger ones are passed over: a hundred of them are read at once. */
const MAX_BYTES = 32_768
/** Expired, erased and large ones among them are passed over. */
const MOST_READ = 300

/** The newest payloads of the type that are JSON objects and may be seen by now, newest first. */
export async function listRecentPayloads(
  db: Db,
  applicationId: ApplicationId,
  { eventType, count }: { eventType: string; count: number },
): Promise<Buffer[]> {
  const { rows } = await sql<{ payload: Buffer }>`
    select m.payload
      from (select id from message
             where application_id = ${toUuid(applicationId)} and event_type = ${eventType}
             order by id desc limit ${MOST_READ}) newest
     cross join lateral (select * from message where id = newest.id offset 0) m
     where octet_length(m.payload) <= ${MAX_BYTES} and m.payload_expires_at > now()
       and (m.content_type is null or m.content_type ~* '\\yjson\\y')
       and (m.deliver_at is null or m.deliver_at <= now())
     order by m.id desc
     limit ${count}`.execute(db)
  return rows.map(({ payload }) => payload).filter(isObject)
}

/** What came with a content type of its own is JSON only by its word. */
function isObject(payload: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(payload.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

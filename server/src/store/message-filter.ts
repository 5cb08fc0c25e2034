// Filters of lists whose rows belong to messages.
import { sql } from 'kysely'
import type { TimeBounds } from './time-window.ts'

export type MessageFilter = TimeBounds & {
  eventTypes: string[] | null
  channel: string | null
  tag: string | null
}

/** The filters that only the message itself can answer; costs nothing when there are none. */
export function ofMessage(messageId: string, { eventTypes, channel, tag }: MessageFilter) {
  if (eventTypes === null && channel === null && tag === null) return sql<boolean>`true`
  return sql<boolean>`exists (
    select from message m
     where m.id = ${sql.ref(messageId)}
       and (${eventTypes}::text[] is null or m.event_type = any (${eventTypes}::text[]))
       and (${channel}::text is null or ${channel}::text = any (m.channels))
       and (${tag}::text is null or ${tag}::text = any (m.tags)))`
}

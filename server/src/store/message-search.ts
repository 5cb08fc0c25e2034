// Finding messages by what no index knows. A page looks at a bounded number of messages along the list
// of the application, and says how far it got: what matches rarely takes more pages, never a long query.
import { sql } from 'kysely'
import { type ApplicationId, type MessageId, toId, toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import { type PayloadCondition, saysAll } from '../domain/payload-condition.ts'
import type { Db } from './connect.ts'
import type { MessageFilter } from './message-filter.ts'
import { findByEventId, listWholeMessages } from './messages.ts'
import { type PageRequest, sortDirection } from './page.ts'
import { inWindow, type WindowedPage, windowOf } from './time-window.ts'

/** Messages that a page may walk past, and those whose payloads it may read. */
export const MAX_WALKED = 50_000
export const MAX_READ = 2_000
const MAX_READ_BYTES = 16 * 1024 * 1024
/** Most pages are full long before: the walk takes small steps first. */
const FIRST_STEP = 500
/** Payloads that are held at the same time. */
const CHUNK = 25

export type MessageSearch = MessageFilter & {
  id: MessageId | null
  eventId: string | null
  payload: PayloadCondition[]
}

export type Found = {
  items: Message[]
  /** The part of the list that was looked at, from its first to its last message as shown. */
  looked: { first: MessageId; last: MessageId } | null
  /** Nothing more lies in the direction of travel. */
  done: boolean
}

export async function searchMessages(
  db: Db,
  applicationId: ApplicationId,
  { request, search, now }: { request: PageRequest; search: MessageSearch; now: Date },
): Promise<Found> {
  const id = await idOf(db, applicationId, search)
  if (id === 'none') return { items: [], looked: null, done: true }
  const backward = request.cursor?.backward ?? false
  const page: Page = { items: [], limit: request.limit, reads: MAX_READ, bytes: MAX_READ_BYTES }
  let window = windowOf(request, search, now)
  let [first, last, done]: [MessageId | null, MessageId | null, boolean] = [null, null, false]
  for (let walked = 0, size = FIRST_STEP; walked < MAX_WALKED; size *= 4) {
    size = Math.min(size, MAX_WALKED - walked)
    const step = await walk(db, { applicationId, window, search, id, size })
    const stoppedAt = await fill(db, page, step.matching, search.payload)
    first ??= step.first
    last = stoppedAt ?? step.last ?? last
    walked += step.count
    done = step.count < size && (stoppedAt ?? step.matching.at(-1)) === step.matching.at(-1)
    if (done || stoppedAt !== null || isSpent(page)) break
    window = { ...window, cursor: { key: toUuid(last!), backward } }
  }
  const { items } = page
  if (first === null) return { items, looked: null, done }
  if (backward) return { items: items.reverse(), looked: { first: last!, last: first }, done }
  return { items, looked: { first, last: last! }, done }
}

/** The one message that id and event id leave; null when they say nothing. */
async function idOf(db: Db, applicationId: ApplicationId, { id, eventId }: MessageSearch) {
  if (eventId === null) return id
  const named = await findByEventId(db, applicationId, eventId)
  if (named === null) return 'none'
  return id === null || id === named ? named : 'none'
}

type Walk = {
  applicationId: ApplicationId
  window: WindowedPage
  search: MessageSearch
  id: MessageId | null
  size: number
}
type Row = { id: string; matches: boolean; count: number }

/** Some steps along the list in the direction of travel; reads no payload. */
async function walk(db: Db, { applicationId, window, search, id, size }: Walk) {
  const { eventTypes, channel, tag } = search
  const order = sql.raw(sortDirection(window))
  const { rows } = await sql<Row>`
    with walked as materialized (
      select id, row_number() over (order by id ${order}) as at,
             coalesce((${eventTypes}::text[] is null or event_type = any (${eventTypes}::text[]))
                      and (${channel}::text is null or ${channel}::text = any (channels))
                      and (${tag}::text is null or ${tag}::text = any (tags)), false) as matches
        from message
       where application_id = ${toUuid(applicationId)} and ${inWindow(window, 'id')}
         and ${id === null ? sql`true` : sql`id = ${toUuid(id)}::uuid`}
       order by id ${order}
       limit ${size}
    ), numbered as (
      select *, sum(matches::int) over (order by at) as nth, count(*) over () as count from walked
    )
    select id, matches, count::int from numbered
     where at = 1 or at = count or (matches and nth <= ${MAX_READ + 1})
     order by at`.execute(db)
  const ids = rows.map((row) => toId('message', row.id))
  return {
    first: ids[0] ?? null,
    last: ids.at(-1) ?? null,
    count: rows[0]?.count ?? 0,
    matching: ids.filter((_, index) => rows[index]!.matches),
  }
}

/** What there is of a page, and what may still be read for it. */
type Page = { items: Message[]; limit: number; reads: number; bytes: number }
const isSpent = ({ reads, bytes }: Page) => reads <= 0 || bytes <= 0

/** Takes those that match in every respect; says where it stopped when the page is full or has read enough. */
async function fill(db: Db, page: Page, matching: MessageId[], payload: PayloadCondition[]) {
  const chunkSize = payload.length === 0 ? page.limit : CHUNK
  for (let at = 0; at < matching.length; at += chunkSize) {
    const chunk = await listWholeMessages(db, matching.slice(at, at + chunkSize))
    for (const message of chunk) {
      if (payload.length > 0) {
        page.reads--
        page.bytes -= message.payload?.length ?? 0
        if (!saysAll(message.payload, payload)) continue
      }
      page.items.push(message)
      if (page.items.length === page.limit) return message.id
    }
    if (isSpent(page) && at + chunkSize < matching.length) return matching[at + chunkSize - 1]!
  }
  return null
}

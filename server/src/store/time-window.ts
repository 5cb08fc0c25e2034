// The pages of lists that are bounded in time. Ids carry their time, so dates become bounds on ids.
import { sql } from 'kysely'
import { lowestUuid } from '../domain/ids.ts'
import { beyondCursor, type PageRequest } from './page.ts'

/** `before` is exclusive, `after` inclusive, to the millisecond of the id. */
export type TimeBounds = { before: Date | null; after: Date | null }

export type WindowedPage = PageRequest & { from: Date | null; to: Date | null }

const DAYS_90_MS = 90 * 24 * 3600 * 1000
const later = (date: Date, ms: number) => new Date(date.getTime() + ms)

/**
 * Lists cover at most 90 days: back from now or from `before`, on from `after`, or from the
 * iterator's own time in its direction. `after` alone pages from the old end: it is a backward page
 * that begins at the date.
 */
export function windowOf(
  request: PageRequest,
  { before, after }: TimeBounds,
  now: Date,
): WindowedPage {
  const { cursor } = request
  if (cursor !== null) {
    const time = uuidTime(cursor.key)
    return cursor.backward
      ? { ...request, from: after, to: before ?? later(time, DAYS_90_MS) }
      : { ...request, from: after ?? later(time, -DAYS_90_MS), to: before }
  }
  if (after !== null && before === null) {
    const oldest = { key: '00000000-0000-0000-0000-000000000000', backward: true }
    return { ...request, cursor: oldest, from: after, to: later(after, DAYS_90_MS) }
  }
  return { ...request, from: after ?? later(before ?? now, -DAYS_90_MS), to: before }
}

export function inWindow(page: WindowedPage, column: string) {
  const from =
    page.from === null ? sql`true` : sql`${sql.ref(column)} >= ${lowestUuid(page.from)}::uuid`
  const to = page.to === null ? sql`true` : sql`${sql.ref(column)} < ${lowestUuid(page.to)}::uuid`
  return sql<boolean>`(${from} and ${to} and ${beyondCursor(page, column, 'uuid')})`
}

export function uuidTime(uuid: string): Date {
  return new Date(Number.parseInt(uuid.replace('-', '').slice(0, 12), 16))
}

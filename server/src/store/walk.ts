// A filter that no index answers is tried on the rows of an index, one after the other, and on so many
// only: a page that finds too little stops there, comes short, and says where the next one goes on. So
// no filter costs more than a full page does, however long the history and however rare what is sought.
import { type RawBuilder, sql } from 'kysely'
import { type Kind, toId } from '../domain/ids.ts'
import { type Page, type PageRequest, sortDirection, toPage } from './page.ts'

type Sql = ReturnType<typeof sql>

type Steps = {
  /**
   * Queries for rows with an `id` and with what `matches` asks of them, as `s`. Each has an index in the
   * order of the ids; they are merged, so that one per value of a column before the id will do.
   */
  sources: Sql[]
  matches: RawBuilder<boolean>
  /** A second column of the order, where rows share an id. */
  within?: string
  most: number
}

/** Of rows that lie side by side, and of those that need a probe or a page each: about 20 ms of either. */
export const MOST_READ = 20_000
export const MOST_PROBED = 4_000

/**
 * The rows that match, one more than the page holds, and the last one looked at if there is more behind
 * it. A row is looked at when the page still needs it, so all of these orders must be those of an index:
 * a sort anywhere, or a count, reads to the end first. The limit is a subquery to hide its value: without
 * statistics the planner takes the history for shorter than that, and sorts all of it (0.5 s a page).
 */
export function walk(page: PageRequest, { sources, matches, within, most }: Steps) {
  const direction = sql.raw(sortDirection(page))
  const orderOf = (table: string) =>
    sql.join(
      ['id', ...(within === undefined ? [] : [within])].map(
        (column) => sql`${sql.ref(`${table}.${column}`)} ${direction}`,
      ),
    )
  const first = (source: Sql) =>
    sql`(select * from (${source}) o order by ${orderOf('o')} limit (select ${sql.lit(most)}))`
  const merged = sql.join(sources.map(first), sql` union all `)
  return sql`(
    select id, matches, last
      from (select s.id, ${matches} as matches, row_number() over () = ${sql.lit(most)} as last
              from ${first(merged)} s
             order by ${orderOf('s')}) w
     where matches or last
     order by id ${direction} limit ${sql.lit(page.limit + 1)})`
}

export type Walked = { id: string; matches: boolean; last: boolean }

/** From the rows in the order of the walk to the page. */
export function toWalkedPage<Row extends Walked, Item>(
  rows: Row[],
  page: PageRequest,
  { kind, toItem }: { kind: Kind; toItem: (row: Row) => Item },
): Page<Item> {
  const end = rows.findIndex(({ last }) => last)
  const walked = end === -1 ? rows : rows.slice(0, end + 1)
  const found = toPage(walked.filter(({ matches }) => matches).map(toItem), page)
  if (end === -1 || !found.done) return found
  const stopped = { at: toId(kind, rows[end]!.id), backward: page.cursor?.backward ?? false }
  return { ...found, done: false, stopped }
}

// Lists page by key: a page is the rows before or after a key, and never a count of rows to skip.
import { sql } from 'kysely'

export type Order = 'ascending' | 'descending'

/** `backward` asks for the rows just before the key, in the same display order as forward paging. */
export type PageRequest = {
  limit: number
  cursor: { key: string; backward: boolean } | null
  order: Order
}

export type Page<Item> = {
  items: Item[]
  /** Nothing more lies in the direction of travel. */
  done: boolean
  /** Where a page stopped looking that came short, though more may lie behind: see walk.ts. */
  stopped?: { at: string; backward: boolean }
}

/** The condition on the key column; `type` is the key's type in SQL. */
export function beyondCursor(
  { cursor, order }: PageRequest,
  column: string,
  type: 'uuid' | 'text',
) {
  if (cursor === null) return sql<boolean>`true`
  const upward = (order === 'ascending') !== cursor.backward
  const key = type === 'uuid' ? sql`${cursor.key}::uuid` : sql`${cursor.key}`
  return upward
    ? sql<boolean>`${sql.ref(column)} > ${key}`
    : sql<boolean>`${sql.ref(column)} < ${key}`
}

export function sortDirection({ cursor, order }: PageRequest): 'asc' | 'desc' {
  return (order === 'ascending') !== (cursor?.backward ?? false) ? 'asc' : 'desc'
}

/** From the rows as they were read (at most `limit + 1`) to the page as it is shown. */
export function toPage<Item>(rows: Item[], { limit, cursor }: PageRequest): Page<Item> {
  const items = rows.slice(0, limit)
  if (cursor?.backward) items.reverse()
  return { items, done: rows.length <= limit }
}

import { AppError } from '../domain/errors.ts'
import type { Db } from '../store/connect.ts'
import { inTransaction } from '../store/transaction.ts'

type Ways<Thing> = {
  insert: (db: Db) => Promise<Thing>
  find: (db: Db) => Promise<Thing | null>
}

/**
 * What `insert` makes or, when another request has made it a moment ago, what `find` finds then.
 * A conflict with something else stays one.
 */
export async function insertOrFind<Thing>(
  db: Db,
  { insert, find }: Ways<Thing>,
): Promise<{ thing: Thing; isNew: boolean }> {
  try {
    return { thing: await inTransaction(db, insert), isNew: true }
  } catch (error) {
    const taken =
      error instanceof AppError && (error.code === 'conflict' || error.code === 'event_type_exists')
    const thing = taken ? await find(db) : null
    if (thing === null) throw error
    return { thing, isNew: false }
  }
}

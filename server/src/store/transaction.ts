import { sql } from 'kysely'
import type { Db } from './connect.ts'

/**
 * Runs `work` in a transaction: all of it is written or, when it throws, nothing. Inside another one it
 * becomes a part of that: what it throws undoes this part only, so the caller may catch it and go on.
 */
export async function inTransaction<Result>(
  db: Db,
  work: (tx: Db) => Promise<Result>,
): Promise<Result> {
  if (!db.isTransaction) return db.transaction().execute(work)
  await sql`savepoint part`.execute(db)
  try {
    const result = await work(db)
    await sql`release savepoint part`.execute(db)
    return result
  } catch (error) {
    await sql`rollback to savepoint part`.execute(db)
    throw error
  }
}

import { AppError } from '../domain/errors.ts'

/**
 * What `insert` makes or, when another request has made it a moment ago, what `find` finds then.
 * A conflict with something else stays one.
 */
export async function insertOrFind<Thing>(
  insert: () => Promise<Thing>,
  find: () => Promise<Thing | null>,
): Promise<{ thing: Thing; isNew: boolean }> {
  try {
    return { thing: await insert(), isNew: true }
  } catch (error) {
    const taken =
      error instanceof AppError && (error.code === 'conflict' || error.code === 'event_type_exists')
    const thing = taken ? await find() : null
    if (thing === null) throw error
    return { thing, isNew: false }
  }
}

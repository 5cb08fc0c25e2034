import { DatabaseError } from 'pg'
import { AppError } from '../domain/errors.ts'

/** SQLSTATE classes and codes that pass by themselves: connection, resources, restart, locks, read-only. */
const TRANSIENT = /^(08...|53...|57P0[1-5]|57014|58...|55P03|40001|40P01|25006)$/

/** Whether trying the same statement again later may help: trouble of the database, not of the data. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DatabaseError) return TRANSIENT.test(error.code ?? '')
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (
    /^E(CONN|PIPE|TIMEDOUT|HOST|NET|NOENT|AI_AGAIN|MFILE|NFILE|NOMEM|NOBUFS|ADDRNOTAVAIL|NOTFOUND)/.test(
      code,
    )
  )
    return true
  // pg gives these no code: its pool, its query timer and a connection that ended.
  return /timeout|Connection terminated|Client has encountered a connection error|not queryable/i.test(
    error.message,
  )
}

export const hasCode = (error: unknown, code: string) =>
  error instanceof DatabaseError && error.code === code

/** Whether it waited for somebody else's lock until its time was up. */
export const isLockTimeout = (error: unknown) => hasCode(error, '55P03')

/** The name of the unique constraint that a write broke, or null for any other error. */
function uniqueViolation(error: unknown): string | null {
  if (error instanceof DatabaseError && error.code === '23505') return error.constraint ?? ''
  return null
}

/** The result of `write`; throws conflict when it breaks the unique constraint `constraint`. */
export async function refusingTaken<Result>(
  { constraint, what }: { constraint: string; what: string },
  write: Promise<Result>,
): Promise<Result> {
  try {
    return await write
  } catch (cause) {
    if (uniqueViolation(cause) !== constraint) throw cause
    throw new AppError('conflict', `${what} already exists`, { cause })
  }
}

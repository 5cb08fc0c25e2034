import { ConfigError } from '../config.ts'
import { AppError } from '../domain/errors.ts'

/** A command cannot go on for a reason that its user can do something about. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly exitCode: number
  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Says what went wrong, in words where we have them, and returns the exit code. */
export function report(error: unknown): number {
  if (error instanceof ConfigError) {
    console.error('These settings are wrong:')
    for (const problem of error.problems) console.error(`  ${problem}`)
    console.error('Every setting: bellwire serve --settings')
    return 2
  }
  if (error instanceof CommandError) {
    console.error(error.message)
    return error.exitCode
  }
  if (error instanceof AppError) {
    console.error(error.message)
    return 1
  }
  const { name, code, message, stack } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    console.error(`${message}. Stop what listens there, or choose another port: BELLWIRE_PORT=8500`)
    return 1
  }
  const database = databaseProblem(error as { code?: string; message: string })
  if (database !== null) {
    console.error(database)
    return 3
  }
  // Errors of our own modules speak for themselves; of anything else the stack is wanted.
  console.error(
    /^(Embedded|Migration|MainSecret)Error$/.test(name) ? message : (stack ?? String(error)),
  )
  return 1
}

/** A database that cannot be reached or does not let us in, in words; null for anything else. */
function databaseProblem({
  code = '',
  message,
}: {
  code?: string
  message: string
}): string | null {
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ECONNRESET|ENOENT)$/.test(code)) {
    return `The database of DATABASE_URL cannot be reached: ${message || code}.`
  }
  // SQLSTATE classes: 08 connection, 28 authorisation, 3D unknown database, 53/57 not taking connections.
  if (/^(08|28|3D|53|57)/.test(code)) return `The database of DATABASE_URL refuses us: ${message}.`
  return null
}

// One class for everything we refuse; the API turns its code into a status, the command line into words.

export const ERROR_CODES = [
  'authentication_failed',
  'insufficient access',
  'not_found',
  'method_not_allowed',
  'conflict',
  'event_type_exists',
  'idempotency_in_progress',
  'generic_error',
  'invalid_range',
  'limit_reached',
  'missing_payload',
  'invalid_scheme',
  'endpoint_disabled',
  'payload_too_large',
  'rate_limited',
  'validation',
  'unavailable',
  'server_error',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** One problem of a request that could be read but breaks a rule. */
export type Problem = { loc: string[]; msg: string; type: string }

export class AppError extends Error {
  override name = 'AppError'
  readonly code: ErrorCode
  /** For `validation` only: what is wrong where. */
  readonly problems: Problem[]
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { problems?: Problem[]; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.problems = options.problems ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

export const notFound = (message = 'Entity not found') => new AppError('not_found', message)

/** A rule of a field is broken: `invalid(['body', 'url'], 'must be …')`. */
export function invalid(loc: string[], msg: string, type = 'value_error'): AppError {
  return new AppError('validation', msg, { problems: [{ loc, msg, type }] })
}

/** For what cannot happen; if it does, the message says what was believed. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant: ${message}`)
}

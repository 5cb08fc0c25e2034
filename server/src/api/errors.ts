import type { z } from 'zod'
import { AppError, type ErrorCode, type Problem } from '../domain/errors.ts'

/** The only place that knows which status a code has. */
const STATUSES: Record<ErrorCode, number> = {
  authentication_failed: 401,
  'insufficient access': 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  event_type_exists: 409,
  idempotency_in_progress: 409,
  generic_error: 400,
  invalid_range: 400,
  limit_reached: 400,
  missing_payload: 400,
  invalid_scheme: 400,
  endpoint_disabled: 400,
  payload_too_large: 413,
  rate_limited: 429,
  validation: 422,
  unavailable: 503,
  server_error: 500,
}

export const statusOf = (code: ErrorCode) => STATUSES[code]

export type ErrorBody = { detail: string | Problem[]; code?: string; request_id: string }
export type ErrorAnswer = { status: number; body: ErrorBody; retryAfterSeconds: number | undefined }

/** What a caller is told: never a stack, a statement or a library's words. */
export function toErrorAnswer(error: AppError, requestId: string): ErrorAnswer {
  const { code, message, problems, retryAfterSeconds } = error
  const status = STATUSES[code]
  // RFC 9457 members beside the shape that SDKs parse; for 422 `detail` must be the list.
  const shared = {
    title: code === 'validation' ? sentence(problems) : message,
    status,
    request_id: requestId,
  }
  const body =
    code === 'validation' ? { detail: problems, ...shared } : { code, detail: message, ...shared }
  return { status, body, retryAfterSeconds }
}

const sentence = (problems: Problem[]) =>
  problems.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ')

/** The errors of zod as the API says them. Wrong query types are 400, broken rules 422. */
export function toAppError(error: z.ZodError, where: 'body' | 'query'): AppError {
  const problems = error.issues.map((issue) => toProblem(issue, where))
  if (where === 'query' && !error.issues.every(({ code }) => isRule(code))) {
    return new AppError('generic_error', sentence(problems))
  }
  return new AppError('validation', sentence(problems), { problems })
}

const isRule = (code: string) => code === 'too_big' || code === 'too_small' || code === 'custom'

function toProblem(issue: z.core.$ZodIssue, where: string): Problem {
  const path = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : String(step)))
  // Missing, of the wrong type, or not readable as what it should be: the reader's trouble, not a rule's.
  const unreadable = issue.code === 'invalid_type' || issue.code === 'invalid_union'
  const custom = issue.code === 'custom' ? issue.params?.['type'] : undefined
  const type =
    typeof custom === 'string' ? custom : unreadable ? 'value_error.jsondecode' : 'value_error'
  return { loc: [where, ...path], msg: issue.message, type }
}

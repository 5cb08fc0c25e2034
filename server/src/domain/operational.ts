// Operational webhooks: what Bellwire tells its operator of.

import type { RunKey, Verdict } from './delivery.ts'
import { countsAgainstEndpoint } from './health.ts'
import { type ApplicationId, type EnvironmentId, toId, toUuid } from './ids.ts'
import type { Outcome } from './outcome.ts'

/** Operational endpoints name these, and only these. */
export const OPERATIONAL_EVENT_TYPES = [
  'background_task.finished',
  'endpoint.created',
  'endpoint.deleted',
  'endpoint.disabled',
  'endpoint.enabled',
  'endpoint.updated',
  'message.attempt.exhausted',
  'message.attempt.failing',
  'message.attempt.recovered',
] as const
export type OperationalEventType = (typeof OPERATIONAL_EVENT_TYPES)[number]
export type AttemptEventType = Extract<OperationalEventType, `message.${string}`>

/** Absent members of `data` are absent on the wire. */
export type OperationalEvent = { type: OperationalEventType; data: object }

/** The hidden application that they are messages of has the id of its environment. */
export const operationalApplicationId = (environmentId: EnvironmentId): ApplicationId =>
  toId('application', toUuid(environmentId))

/** The failed attempt after which a delivery that goes on is called failing. */
export const FAILING_AT = 4

type Attempted = { run: RunKey; verdict: Verdict; attempt: { outcome: Outcome } | null }

/**
 * What an attempt may be worth telling. Of a resend that succeeded only if its delivery had been
 * reported before, which the store knows; a resend that fails changes nothing.
 */
export function attemptEventOf({ run, verdict, attempt }: Attempted): AttemptEventType | null {
  if (attempt === null) return null
  if (verdict.status === 'succeeded') {
    return run.resend > 0 || verdict.attempts > FAILING_AT ? 'message.attempt.recovered' : null
  }
  const { outcome } = attempt
  // Our own trouble makes no attempt, so the fourth one would be told again.
  if (outcome.kind === 'failed' && !countsAgainstEndpoint(outcome.failure)) return null
  if (run.resend > 0) return null
  if (verdict.status === 'retry') {
    return verdict.attempts === FAILING_AT ? 'message.attempt.failing' : null
  }
  return verdict.reason === 'exhausted' ? 'message.attempt.exhausted' : null
}

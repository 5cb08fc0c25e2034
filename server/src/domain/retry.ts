import type { Failure } from './outcome.ts'

const JITTER = 0.1
const MAX_ASKED_SECONDS = 24 * 3600

/** Seconds before attempts 2, 3, …; an empty schedule never tries again. */
export type RetrySchedule = readonly number[]

export const MAX_RETRIES = 100
export const MAX_RETRY_SECONDS = 30 * 24 * 3600

/** The closest one counts; an empty one too. */
export function scheduleOf(from: {
  endpoint: RetrySchedule | null
  eventType: RetrySchedule | null | undefined
  environment?: RetrySchedule | null | undefined
  configured: RetrySchedule
}): RetrySchedule {
  return from.endpoint ?? from.eventType ?? from.environment ?? from.configured
}

type Failed = { failure: Failure; status?: number; retryAfterSeconds?: number | undefined }
type RetryContext = { attempt: number; schedule: RetrySchedule; random: number }

/**
 * Milliseconds to wait after attempt number `attempt` failed; null when the schedule is used up.
 * A delay and not a date: it is added to the database's clock, so no node's clock matters.
 */
export function retryDelayMs(
  { status, retryAfterSeconds = 0 }: Failed,
  { attempt, schedule, random }: RetryContext,
): number | null {
  const scheduled = schedule[attempt - 1]
  if (scheduled === undefined) return null
  const jittered = scheduled * (1 - JITTER + random * 2 * JITTER)

  // RFC 6585 §4, RFC 9110 §15.6.4: may slow us down but never speed us up, nor park us for days.
  const longest = Math.min(Math.max(...schedule, 60), MAX_ASKED_SECONDS)
  const asked = status === 429 || status === 503 ? Math.min(retryAfterSeconds, longest) : 0
  return Math.round(Math.max(jittered, asked) * 1000)
}

/** Trouble of our own uses up no attempt: soon again, a little later each time it repeats. */
export function localRetryDelayMs(random: number): number {
  return Math.round(1000 + random * 2000)
}

// Which retry schedule an attempt follows: the endpoint's, else its event type's, else the environment's,
// else the configured one. Only a failure asks. Those with a schedule are few, so all of them are kept here, and read
// again by the first failure that finds the copy old.
import type { EnvironmentId } from '../domain/ids.ts'
import { type RetrySchedule, scheduleOf } from '../domain/retry.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Target } from './targets.ts'

const FRESH_MS = 1_000

type Options = {
  /** Without an event type it is that of the environment. */
  list(): Promise<
    { environmentId: EnvironmentId; eventType: string | null; schedule: RetrySchedule }[]
  >
  configured: RetrySchedule
  telemetry: Telemetry
}

export function createSchedules({ list, configured, telemetry }: Options) {
  let byEventType = new Map<string, RetrySchedule>()
  let readAt = -FRESH_MS
  let reading: Promise<void> | null = null

  async function read() {
    const startedAt = performance.now()
    // While the database is away, what was known last holds: an answer must not be lost for this.
    await telemetry.bestEffort('schedules.read', async () => {
      const listed = await list()
      byEventType = new Map(
        listed.map((own) => [nameOf(own.environmentId, own.eventType), own.schedule]),
      )
    })
    readAt = startedAt
    reading = null
  }

  const find = (target: Target, eventType: string) =>
    scheduleOf({
      endpoint: target.retrySchedule,
      eventType: target.environmentId && byEventType.get(nameOf(target.environmentId, eventType)),
      environment: target.environmentId && byEventType.get(nameOf(target.environmentId, null)),
      configured,
    })

  return {
    of(target: Target, eventType: string): RetrySchedule | Promise<RetrySchedule> {
      if (target.retrySchedule !== null || performance.now() - readAt < FRESH_MS) {
        return find(target, eventType)
      }
      reading ??= read()
      return reading.then(() => find(target, eventType))
    },
  }
}

/** Neither part can hold a space. */
const nameOf = (environmentId: EnvironmentId, eventType: string | null) =>
  `${environmentId} ${eventType ?? ''}`

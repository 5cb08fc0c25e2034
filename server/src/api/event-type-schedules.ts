// When failed deliveries of an event type are tried again.
import { z } from 'zod'
import { MAX_RETRIES, MAX_RETRY_SECONDS, type RetrySchedule } from '../domain/retry.ts'
import { getRetrySchedule, setRetrySchedule } from '../store/event-types.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const NANOS = 1_000_000_000

const Duration = z
  .object({
    secs: z.number().int().min(0).max(MAX_RETRY_SECONDS),
    nanos: z
      .number()
      .int()
      .min(0)
      .max(NANOS - 1),
  })
  .refine(({ secs, nanos }) => secs + nanos / NANOS <= MAX_RETRY_SECONDS, {
    error: `must be at most ${MAX_RETRY_SECONDS} seconds`,
  })
  .register(wireShapes, { id: 'Duration' })

/** Null leaves it to the configuration; an empty list means one attempt only. */
const RetryScheduleInOut = z
  .object({ retrySchedule: z.array(Duration).max(MAX_RETRIES).nullish() })
  .register(wireShapes, { id: 'RetryScheduleInOut' })

const PATH = '/api/v1/event-type/:event_type_name/retry-schedule'

export const retryScheduleRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'v1.event-type.get-retry-schedule',
    summary: 'Get when failed deliveries of an event type are tried again',
    status: 200,
    output: RetryScheduleInOut,
    async handle({ caller, params }, { store }) {
      const name = params['event_type_name']!
      return toOut(await getRetrySchedule(store.db, caller.environmentId, name))
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'environment',
    operationId: 'v1.event-type.set-retry-schedule',
    summary: 'Set when failed deliveries of an event type are tried again',
    body: RetryScheduleInOut,
    status: 200,
    output: RetryScheduleInOut,
    records: 'event-type',
    async handle({ caller, params, body }, { store, record }) {
      const name = params['event_type_name']!
      const schedule = body.retrySchedule?.map(({ secs, nanos }) => secs + nanos / NANOS) ?? null
      const before = await setRetrySchedule(store.db, caller.environmentId, name, schedule)
      await record(store.db, {
        target: { kind: 'event-type', id: name },
        before: { retrySchedule: before },
        after: { retrySchedule: schedule },
      })
      return toOut(schedule)
    },
  }),
]

const toOut = (schedule: RetrySchedule | null): z.input<typeof RetryScheduleInOut> => ({
  retrySchedule:
    schedule?.map((seconds) => {
      const secs = Math.floor(seconds)
      return { secs, nanos: Math.round((seconds - secs) * NANOS) }
    }) ?? null,
})

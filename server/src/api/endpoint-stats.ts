import { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { countDeliveries } from '../store/delivery-counts.ts'
import { dateTime } from './lists.ts'
import { route } from './route.ts'

const MINUTE_MS = 60 * 1000
const WINDOW_MS = 28 * 24 * 60 * MINUTE_MS
/** Whoever asks for exactly the longest window has another clock, and a way to go. */
const TOLERANCE_MS = 5 * MINUTE_MS

export const getEndpointStats = route({
  method: 'GET',
  path: '/api/v1/app/:app_id/endpoint/:endpoint_id/stats',
  access: 'application',
  operationId: 'v1.endpoint.get-stats',
  summary: 'Count the deliveries of an endpoint by state, over at most 28 days',
  query: z.object({ since: dateTime(), until: dateTime() }),
  status: 200,
  output: z.object({
    success: z.number(),
    pending: z.number(),
    sending: z.number(),
    fail: z.number(),
    canceled: z.number(),
  }),
  async handle({ endpoint, query }, { store, clock }) {
    const range = toRange(query, clock())
    const counts = await countDeliveries(store.db, endpoint.id, range)
    return {
      success: counts.succeeded,
      pending: counts.waiting,
      sending: counts.sending,
      fail: counts.failed,
      canceled: counts.cancelled,
    }
  },
})

/** Without `until` there is no bound: what is accepted while we count may be counted. */
function toRange({ since, until }: { since: Date | null; until: Date | null }, now: Date) {
  const end = until ?? now
  const start = since ?? new Date(end.getTime() - WINDOW_MS)
  const lengthMs = end.getTime() - start.getTime()
  if (end > now) throw new AppError('invalid_range', '`until` lies in the future')
  if (lengthMs < 0) throw new AppError('invalid_range', '`since` lies after `until`')
  if (lengthMs > WINDOW_MS + TOLERANCE_MS) {
    throw new AppError('invalid_range', 'at most 28 days can be counted at once')
  }
  return { since: start, until }
}

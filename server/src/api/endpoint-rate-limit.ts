import { z } from 'zod'
import { findThrottling } from '../store/rate-limits.ts'
import { time } from './fields.ts'
import { route } from './route.ts'

export const getRateLimitStatus = route({
  method: 'GET',
  path: '/api/v1/app/:app_id/endpoint/:endpoint_id/rate-limit-status',
  access: 'application',
  operationId: 'v1.endpoint.get-throttling-status',
  summary: 'Tell whether deliveries to an endpoint wait for its rate limit',
  status: 200,
  output: z.object({
    status: z.enum(['Ok', 'RateLimited']),
    throttledSince: time().optional(),
  }),
  async handle({ endpoint }, { store }) {
    const since = await findThrottling(store.db, endpoint.id)
    if (since === null) return { status: 'Ok' as const }
    return { status: 'RateLimited' as const, throttledSince: since.toISOString() }
  },
})

import { z } from 'zod'
import { endPendingDeliveries } from '../store/deliveries.ts'
import { parseDateTime } from './lists.ts'
import { route } from './route.ts'

export const cancelMessages = route({
  method: 'POST',
  path: '/api/v1/app/:app_id/endpoint/:endpoint_id/cancel-msgs',
  access: 'environment',
  operationId: 'v1.endpoint.cancel-msgs',
  summary: 'Cancel what waits for an endpoint; what is in flight goes on',
  body: z.object({
    createdBefore: z.string().transform((value, context) => {
      const date = parseDateTime(value)
      if (date !== null) return date
      context.addIssue({ code: 'custom', message: 'expected an RFC 3339 date and time' })
      return z.NEVER
    }),
  }),
  // In chunks: a backlog of a million must not become one transaction.
  transaction: false,
  status: 204,
  async handle({ endpoint, body }, { store }) {
    const { createdBefore } = body
    await endPendingDeliveries(store.db, endpoint.id, { reason: 'cancelled', createdBefore })
  },
})

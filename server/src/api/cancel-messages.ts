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
  records: 'endpoint',
  async handle({ application, endpoint, body }, { store, record }) {
    const { createdBefore } = body
    const { id, uid } = endpoint
    // Before the first chunk, so that none is cancelled without it.
    await record(store.db, {
      target: { kind: 'endpoint', id, uid },
      applicationId: application.id,
      after: { createdBefore },
    })
    await endPendingDeliveries(store.db, endpoint.id, { reason: 'cancelled', createdBefore })
  },
})

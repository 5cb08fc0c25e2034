import { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { cancelDelivery } from '../store/deliveries.ts'
import { findFifoLine } from '../store/fifo.ts'
import { getMessage } from '../store/messages.ts'
import { time } from './fields.ts'
import { route } from './route.ts'

export const fifoRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/endpoint/:endpoint_id/fifo',
    access: 'application',
    operationId: 'bellwire.endpoint.get-fifo',
    summary: 'Tell which message a FIFO endpoint is at, and how many wait behind it',
    status: 200,
    output: z.object({
      head: z
        .object({
          msgId: z.string(),
          attempts: z.number(),
          nextAttempt: time().nullable(),
          waitsSince: time(),
        })
        .nullable(),
      waiting: z.number(),
      approximated: z.boolean(),
    }),
    async handle({ endpoint }, { store }) {
      const { head, ...behind } = await findFifoLine(store.db, endpoint.id)
      if (head === null) return { head, ...behind }
      const { messageId, attempts, nextAttemptAt, waitsSince } = head
      const times = {
        nextAttempt: nextAttemptAt?.toISOString() ?? null,
        waitsSince: waitsSince.toISOString(),
      }
      return { head: { msgId: messageId, attempts, ...times }, ...behind }
    },
  }),

  // Names its message: one that is sent twice must not skip the next one, too.
  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/cancel',
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.message.cancel-delivery',
    summary: 'Give up sending a message to an endpoint; what waits behind it goes on',
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint, params }, { store, record, wakeEngine }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      const found = await cancelDelivery(store.db, message.id, endpoint.id)
      if (found !== 'cancelled') throw new AppError('conflict', REFUSED[found])
      const { id, uid } = endpoint
      await record(store.db, {
        target: { kind: 'endpoint', id, uid },
        applicationId: application.id,
        after: { cancelledMessageId: message.id },
      })
      wakeEngine()
    },
  }),
]

const REFUSED = {
  in_flight:
    'This message is being sent to the endpoint at this moment: try again when that is over',
  over: 'Nothing of this message waits for this endpoint: its delivery is over, or there was none',
}

import { z } from 'zod'
import { isSensitive, MASKED } from '../domain/custom-headers.ts'
import { AppError } from '../domain/errors.ts'
import { expungeAttempt, getAttempt, getAttemptHeaders } from '../store/attempts.ts'
import { insertResend } from '../store/deliveries.ts'
import { getMessage } from '../store/messages.ts'
import { AttemptOut, toAttemptOut } from './attempt-shape.ts'
import { pathId, route } from './route.ts'

const ONE = '/api/v1/app/:app_id/msg/:msg_id/attempt/:attempt_id'

export const attemptRoutes = [
  route({
    method: 'GET',
    path: ONE,
    access: 'application',
    operationId: 'v1.message-attempt.get',
    summary: 'Get an attempt',
    status: 200,
    output: AttemptOut,
    async handle({ application, params }, { store }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      const id = pathId('attempt', params['attempt_id'])
      return toAttemptOut(await getAttempt(store.db, message.id, id), { withContent: true })
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/headers`,
    access: 'application',
    operationId: 'v1.message-attempt.get-headers',
    summary: 'Get the headers of an attempt, sent and received; of sensitive ones the names only',
    status: 200,
    output: z.object({
      sentHeaders: z.record(z.string(), z.string()),
      responseHeaders: z.array(z.tuple([z.string(), z.string()])).nullable(),
      sensitive: z.array(z.string()),
    }),
    async handle({ application, params }, { store }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      const id = pathId('attempt', params['attempt_id'])
      const { sent, received } = await getAttemptHeaders(store.db, message.id, id)
      // Also those that an endpoint's auth made: their values were never written down.
      const shown = ([name, value]: [string, string]) => !isSensitive(name) && value !== MASKED
      const all = [...Object.entries(sent), ...(received ?? [])]
      return {
        sentHeaders: Object.fromEntries(Object.entries(sent).filter(shown)),
        responseHeaders: received?.filter(shown) ?? null,
        sensitive: [...new Set(all.filter((header) => !shown(header)).map(([name]) => name))],
      }
    },
  }),

  route({
    method: 'DELETE',
    path: `${ONE}/content`,
    access: 'environment',
    operationId: 'v1.message-attempt.expunge-content',
    summary: 'Erase what the receiver answered to an attempt',
    status: 204,
    records: 'attempt',
    async handle({ application, params }, { store, record }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      const id = pathId('attempt', params['attempt_id'])
      await expungeAttempt(store.db, message.id, id)
      await record(store.db, {
        target: { kind: 'attempt', id },
        applicationId: application.id,
        after: { messageId: message.id, expunged: true },
      })
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend',
    access: 'application',
    capability: 'CreateAttempts',
    operationId: 'v1.message-attempt.resend',
    summary: 'Send a message once more to an endpoint, past all filters',
    status: 202,
    output: z.object({}),
    records: { nothing: 'the attempt is its own record: triggerType says that it was asked for' },
    async handle({ application, endpoint, params }, { store, wakeEngine }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      if (message.payload === null) {
        throw new AppError(
          'missing_payload',
          'The payload of this message is gone: it cannot be sent again',
        )
      }
      if (endpoint.disabled) {
        throw new AppError('endpoint_disabled', 'This endpoint is disabled: enable it first')
      }
      await insertResend(store.db, message.id, endpoint.id)
      wakeEngine()
      return {}
    },
  }),
]

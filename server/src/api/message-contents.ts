// Payloads by themselves: read as they are, and erased many at a time.
import { z } from 'zod'
import { notFound } from '../domain/errors.ts'
import { expungePayloads, getMessage } from '../store/messages.ts'
import { startTask, TaskOut } from './background-tasks.ts'
import { EVENT_TYPE_NAME } from './fields.ts'
import { route } from './route.ts'

const MAX_IDS = 10_000

export const messageContentRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/app/:app_id/msg/:msg_id/raw',
    access: 'application',
    operationId: 'v1.message.get-raw-payload',
    summary: 'Get the exact text of a payload',
    status: 200,
    output: z.object({ payload: z.string() }),
    async handle({ application, params }, { store }) {
      const message = await getMessage(store.db, application.id, params['msg_id']!)
      if (message.payload === null) throw notFound('The payload of this message is gone')
      return { payload: message.payload.toString('utf8') }
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/msg/bulk-expunge',
    access: 'environment',
    operationId: 'v1.message.bulk-expunge-content',
    summary: 'Erase the payloads of messages, by id or eventId',
    body: z.object({
      ids: z.array(z.string().min(1).max(256).regex(EVENT_TYPE_NAME)).max(MAX_IDS).default([]),
    }),
    bodyOptional: true,
    status: 200,
    output: z.object({ results: z.record(z.string(), z.enum(['expunged', 'not-found'])) }),
    records: 'message',
    async handle({ application, body }, { store, record }) {
      const expunged = await expungePayloads(store.db, application.id, body.ids)
      if (expunged.size > 0) {
        await record(store.db, {
          target: { kind: 'message', id: null },
          applicationId: application.id,
          after: { expunged: [...expunged] },
        })
      }
      const result = (name: string) => (expunged.has(name) ? 'expunged' : 'not-found')
      return { results: Object.fromEntries(body.ids.map((name) => [name, result(name)])) }
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/msg/expunge-all-contents',
    access: 'environment',
    operationId: 'v1.message.expunge-all-contents',
    summary: 'Erase the payloads of all messages of an application in the background',
    status: 202,
    output: TaskOut,
    records: 'background-task',
    async handle({ application }, deps) {
      // One millisecond more: what was accepted in this very one goes too.
      const until = new Date(deps.clock().getTime() + 1).toISOString()
      const parameters = { applicationId: application.id, until }
      const wanted = { kind: 'application.purge_content', parameters } as const
      return startTask(application.environmentId, wanted, deps)
    },
  }),
]

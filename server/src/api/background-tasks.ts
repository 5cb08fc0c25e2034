import { z } from 'zod'
import type { EnvironmentId } from '../domain/ids.ts'
import { type BackgroundTask, type NewTask, TASK_STATUSES } from '../domain/task.ts'
import { getTask, insertTask, listTasks } from '../store/tasks.ts'
import { time } from './fields.ts'
import { byId, choice, envelope, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import type { HandlerDeps } from './record.ts'
import { pathId, route } from './route.ts'

/** The closed set that clients know; three of them are never made here. */
const KINDS = [
  'endpoint.replay',
  'endpoint.recover',
  'application.stats',
  'message.broadcast',
  'sdk.generate',
  'event-type.aggregate',
  'application.purge_content',
  'endpoint.bulk-replay',
] as const

/** What the operation that makes a task answers. */
export const TaskOut = z.object({
  id: z.string(),
  status: z.enum(TASK_STATUSES),
  task: z.enum(KINDS),
  updatedAt: time(),
})
const BackgroundTaskOut = TaskOut.extend({ data: z.record(z.string(), z.unknown()) })

export const backgroundTaskRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/background-task',
    access: 'environment',
    operationId: 'v1.background-task.list',
    summary: 'List background tasks, newest first',
    query: z.object({
      ...pageQuery,
      ...orderQuery,
      status: choice(TASK_STATUSES),
      task: choice(KINDS),
    }),
    status: 200,
    output: envelope(BackgroundTaskOut),
    async handle({ caller, query }, { store }) {
      const request = pageById(query, 'task', 'descending')
      const filter = { kind: query.task ?? null, status: query.status ?? null }
      const page = await listTasks(store.db, caller.environmentId, request, filter)
      return toEnvelope(page, { name: byId, out: toBackgroundTaskOut })
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/background-task/:task_id',
    access: 'application',
    operationId: 'v1.background-task.get',
    summary: 'Get a background task: how far it is, and what it came to',
    status: 200,
    output: BackgroundTaskOut,
    async handle({ caller, params }, { store }) {
      const id = pathId('task', params['task_id'])
      // Who may have one made may see what became of it: a customer their own application's.
      const of = caller.kind === 'application' ? caller.applicationId : null
      return toBackgroundTaskOut(await getTask(store.db, caller.environmentId, id, of))
    },
  }),
]

/** Commits a task and has it begun. */
export async function startTask(
  environmentId: EnvironmentId,
  wanted: NewTask,
  { store, record, wakeTasks }: Pick<HandlerDeps, 'store' | 'record' | 'wakeTasks'>,
): Promise<z.output<typeof TaskOut>> {
  const task = await insertTask(store.db, environmentId, wanted)
  const { kind, parameters } = wanted
  await record(store.db, {
    target: { kind: 'background-task', id: task.id },
    ...('applicationId' in parameters && { applicationId: parameters.applicationId }),
    after: { task: kind, ...parameters },
  })
  wakeTasks()
  return toTaskOut(task)
}

const toTaskOut = ({ id, status, kind, updatedAt }: BackgroundTask) => ({
  id,
  status,
  task: kind,
  updatedAt: updatedAt.toISOString(),
})
const toBackgroundTaskOut = (task: BackgroundTask) => ({ ...toTaskOut(task), data: task.data })

import { startTask, TaskOut } from './background-tasks.ts'
import { route } from './route.ts'

export const messageContentRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/msg/expunge-all-contents',
    access: 'environment',
    operationId: 'v1.message.expunge-all-contents',
    summary: 'Erase the payloads of all messages of an application in the background',
    status: 202,
    output: TaskOut,
    async handle({ application }, deps) {
      // One millisecond more: what was accepted in this very one goes too.
      const until = new Date(deps.clock().getTime() + 1).toISOString()
      const parameters = { applicationId: application.id, until }
      const wanted = { kind: 'application.purge_content', parameters } as const
      return startTask(application.environmentId, wanted, deps)
    },
  }),
]

import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import { findApplication } from '../store/applications.ts'
import { startTask, TaskOut } from './background-tasks.ts'
import { cleanText } from './fields.ts'
import { instant } from './instants.ts'
import { route } from './route.ts'

const MAX_NAMED = 1_000

const UsageIn = z.object({
  since: instant(),
  until: instant(),
  appIds: z.array(cleanText(256).min(1)).max(MAX_NAMED).nullish(),
})

export const statisticsRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/stats/usage/app',
    access: 'environment',
    operationId: 'v1.statistics.aggregate-app-stats',
    summary: 'Count the deliveries of applications in the background',
    body: UsageIn,
    status: 202,
    output: TaskOut.extend({ unresolvedAppIds: z.array(z.string()) }),
    records: 'background-task',
    async handle({ caller, body }, deps) {
      const { since, until, appIds } = body
      if (until < since) throw invalid(['body', 'until'], 'must not be before `since`')
      const names = appIds == null ? null : [...new Set(appIds)]
      const found = await Promise.all(
        (names ?? []).map((name) => findApplication(deps.store.db, caller.environmentId, name)),
      )
      const applicationIds = found.flatMap((application) => application?.id ?? [])
      if (names !== null && applicationIds.length === 0) {
        throw invalid(['body', 'appIds'], 'none of these is an application')
      }
      const parameters = {
        since: since.toISOString(),
        until: until.toISOString(),
        applicationIds: names === null ? null : applicationIds,
      }
      const wanted = { kind: 'application.stats', parameters } as const
      const task = await startTask(caller.environmentId, wanted, deps)
      const unresolvedAppIds = (names ?? []).filter((_, index) => found[index] === null)
      return { ...task, unresolvedAppIds }
    },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/stats/usage/event-types',
    access: 'environment',
    operationId: 'v1.statistics.aggregate-event-types',
    summary: 'List in the background which event types applications want',
    status: 202,
    output: TaskOut,
    records: 'background-task',
    async handle({ caller }, deps) {
      const wanted = { kind: 'event-type.aggregate', parameters: {} } as const
      return startTask(caller.environmentId, wanted, deps)
    },
  }),
]

// One call for the owner of a paused endpoint: on again, with what it missed or without.
import { z } from 'zod'
import { type Caller, insufficientAccess } from '../domain/access.ts'
import { AppError, invalid } from '../domain/errors.ts'
import { troubledSince } from '../store/endpoint-health.ts'
import { startTask, TaskOut } from './background-tasks.ts'
import { EndpointOut, toEndpointOut } from './endpoint-shape.ts'
import { update } from './endpoint-writes.ts'
import { instant } from './instants.ts'
import { route } from './route.ts'

/** What a recover may reach back; the tasks begin later than this look at the clock. */
const MAX_MS = 14 * 24 * 3600 * 1000

export const resumeEndpoint = route({
  method: 'POST',
  path: '/api/v1/app/:app_id/endpoint/:endpoint_id/resume',
  access: 'application',
  capability: 'ManageEndpoint',
  operationId: 'bellwire.endpoint.resume',
  summary: 'Switch an endpoint on, and send what it missed if that is wanted',
  body: z.object({
    missed: z.boolean().default(false).meta({
      description: 'Send what failed here since its trouble began, and what was never tried',
    }),
    since: instant().nullish(),
  }),
  bodyOptional: true,
  status: 200,
  output: z.object({
    endpoint: EndpointOut,
    /** Since when what was missed is sent; null when it is not. */
    since: z.iso.datetime().nullable(),
    tasks: z.array(TaskOut),
  }),
  records: 'endpoint',
  async handle({ caller, application, endpoint, body }, deps) {
    if (body.missed) assertMaySend(caller)
    // Switching on forgets the trouble.
    const began = body.since ?? (await troubledSince(deps.store.db, endpoint.id))
    if (body.missed && began === null) {
      const message = 'required: it was not switched off for failing, so only you know since when'
      throw invalid(['body', 'since'], message)
    }
    const resumed = await update(deps, {
      owner: application,
      endpoint,
      fields: { disabled: false },
    })
    if (resumed.disabledReason === 'unverified') {
      throw new AppError(
        'endpoint_disabled',
        'The URL of this endpoint has not answered its challenge yet: have it verified first',
      )
    }
    if (!body.missed || began === null) {
      return { endpoint: toEndpointOut(resumed), since: null, tasks: [] }
    }
    const now = deps.clock()
    const since = new Date(Math.max(began.getTime(), now.getTime() - MAX_MS)).toISOString()
    const span = { since, until: now.toISOString() }
    const parameters = { applicationId: application.id, endpointId: endpoint.id, ...span }
    const tasks = [
      await startTask(application.environmentId, { kind: 'endpoint.recover', parameters }, deps),
      await startTask(application.environmentId, { kind: 'endpoint.replay', parameters }, deps),
    ]
    return { endpoint: toEndpointOut(resumed), since, tasks }
  },
})

/** Throws insufficient access: sending again is a capability of its own. */
function assertMaySend(caller: Caller) {
  if (caller.kind !== 'application' || caller.capabilities.includes('CreateAttempts')) return
  throw insufficientAccess('This token lacks the capability CreateAttempts, which `missed` takes')
}

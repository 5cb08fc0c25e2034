// Sending again, or for the first time, what an endpoint has missed.
import { z } from 'zod'
import type { Application } from '../domain/application.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { AppError, invalid } from '../domain/errors.ts'
import type { DeliveryFilter, Replay, ReplayParameters } from '../domain/task.ts'
import { countReplay } from '../store/replays.ts'
import { Answer } from './answer.ts'
import { startTask, TaskOut } from './background-tasks.ts'
import type { ApiDeps } from './deps.ts'
import { cleanText, eventTypeName } from './fields.ts'
import { instant } from './instants.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'

const MAX_RECOVER_MS = 14 * 24 * 3600 * 1000
/** For clocks that differ, and requests that take their time. */
const LEEWAY_MS = 5 * 60 * 1000

/** Wire numbers of a delivery's state; 1 and 3 are under way, so there is nothing to send again. */
const STATUSES = {
  0: 'succeeded',
  1: 'pending',
  2: 'failed',
  3: 'pending',
  4: 'cancelled',
} as const satisfies Record<number, DeliveryFilter['status']>

const ReplayIn = z.object({
  since: instant(),
  until: instant().nullish(),
  /** Counts what would be sent, and sends nothing. */
  dryRun: z.boolean().nullish(),
})
const BulkReplayIn = ReplayIn.extend({
  eventTypes: z.array(eventTypeName()).nullish(),
  channel: cleanText(128).nullish(),
  tag: cleanText(128).nullish(),
  status: z.literal([0, 1, 2, 3, 4]).nullish(),
  statusCodeClass: z.literal([0, 100, 200, 300, 400, 500]).nullish(),
})
const ReplayOut = z.union([TaskOut, z.object({ dryRun: z.literal(true), count: z.number() })])

const ENDPOINT = '/api/v1/app/:app_id/endpoint/:endpoint_id'

export const endpointReplayRoutes = [
  route({
    method: 'POST',
    path: `${ENDPOINT}/recover`,
    access: 'application',
    capability: 'CreateAttempts',
    operationId: 'v1.endpoint.recover',
    summary: 'Send once more every message that failed here and never succeeded',
    body: ReplayIn,
    status: 202,
    alsoStatus: 200,
    output: ReplayOut,
    records: 'background-task',
    async handle({ body, ...named }, deps) {
      const parameters = toParameters(named, body, deps)
      if (spanOf(parameters) > MAX_RECOVER_MS + LEEWAY_MS) {
        throw invalid(['body', 'since'], 'must not be more than 14 days before `until`')
      }
      return answer(named.endpoint, { kind: 'endpoint.recover', parameters }, { body, deps, named })
    },
  }),
  route({
    method: 'POST',
    path: `${ENDPOINT}/replay-missing`,
    access: 'application',
    capability: 'CreateAttempts',
    operationId: 'v1.endpoint.replay-missing',
    summary: 'Send every message that was never tried here although it would match now',
    body: ReplayIn,
    status: 202,
    alsoStatus: 200,
    output: ReplayOut,
    records: 'background-task',
    async handle({ body, ...named }, deps) {
      const parameters = toParameters(named, body, deps)
      return answer(named.endpoint, { kind: 'endpoint.replay', parameters }, { body, deps, named })
    },
  }),
  route({
    method: 'POST',
    path: `${ENDPOINT}/bulk-replay`,
    access: 'application',
    capability: 'CreateAttempts',
    operationId: 'v1.endpoint.bulk-replay',
    summary: 'Send messages again that were sent here, succeeded or not',
    body: BulkReplayIn,
    status: 202,
    alsoStatus: 200,
    output: ReplayOut,
    records: 'background-task',
    async handle({ body, ...named }, deps) {
      const parameters = {
        ...toParameters(named, body, deps),
        // An empty list narrows nothing, like none at all.
        eventTypes: body.eventTypes?.length ? body.eventTypes : null,
        channel: body.channel ?? null,
        tag: body.tag ?? null,
        status: body.status == null ? null : STATUSES[body.status],
        statusClass: body.statusCodeClass ?? null,
      }
      return answer(
        named.endpoint,
        { kind: 'endpoint.bulk-replay', parameters },
        { body, deps, named },
      )
    },
  }),
]

type Named = { application: Application; endpoint: Endpoint }
type Body = z.output<typeof ReplayIn>

function toParameters(
  { application, endpoint }: Named,
  { since, until }: Body,
  { clock }: ApiDeps,
): ReplayParameters {
  if (until && until < since) throw invalid(['body', 'until'], 'must not be before `since`')
  return {
    applicationId: application.id,
    endpointId: endpoint.id,
    since: since.toISOString(),
    until: (until ?? clock()).toISOString(),
  }
}

const spanOf = ({ since, until }: ReplayParameters) => Date.parse(until) - Date.parse(since)

async function answer(
  endpoint: Endpoint,
  replay: Replay,
  { body, deps, named }: { body: Body; deps: HandlerDeps; named: Named },
) {
  if (endpoint.disabled) {
    throw new AppError('endpoint_disabled', 'This endpoint is disabled: enable it first')
  }
  if (body.dryRun) {
    return new Answer(200, { dryRun: true, count: await countReplay(deps.store.db, replay) })
  }
  return startTask(named.application.environmentId, replay, deps)
}

import type { BackgroundTask, StepResult } from '../../domain/task.ts'
import type { Db } from '../../store/connect.ts'
import { countUsage, listSubscriptions, type UsageKey } from '../../store/usage.ts'

const COUNTED = { applications: 50, messages: 4_000 }
const SUBSCRIBERS = 500

type ApplicationStats = { appId: string; appUid: string | null; messageDestinations: number }

/** How many deliveries each application had in a span of time. */
export async function countApplications(
  tx: Db,
  { parameters, environmentId, ...task }: Extract<BackgroundTask, { kind: 'application.stats' }>,
): Promise<StepResult> {
  const { usage, next } = await countUsage(tx, {
    environmentId,
    applicationIds: parameters.applicationIds,
    since: new Date(parameters.since),
    until: new Date(parameters.until),
    after: task.cursor as UsageKey | null,
    size: COUNTED,
  })
  // Only this function writes them.
  const appStats = [...((task.data['appStats'] ?? []) as ApplicationStats[])]
  for (const { id, uid, deliveries } of usage) {
    const last = appStats.at(-1)
    // The last application of a step may have been counted in part.
    if (last?.appId === id) last.messageDestinations += deliveries
    else appStats.push({ messageDestinations: deliveries, appId: id, appUid: uid })
  }
  return next === null
    ? { status: 'finished', data: { appStats } }
    : { status: 'running', cursor: next, data: { appStats } }
}

/** Which event types each application's endpoints name, and whether one takes all. */
export async function aggregateEventTypes(
  tx: Db,
  { environmentId, cursor, data }: Extract<BackgroundTask, { kind: 'event-type.aggregate' }>,
): Promise<StepResult> {
  const { subscriptions, next } = await listSubscriptions(tx, environmentId, {
    after: cursor?.['after'] ?? null,
    size: SUBSCRIBERS,
  })
  const found = subscriptions.map(({ applicationId, eventTypes, hasCatchAll }) => ({
    appId: applicationId,
    explicitlySubscribedEventTypes: eventTypes,
    hasCatchAllEndpoint: hasCatchAll,
  }))
  const aggregated = { event_types: [...((data['event_types'] ?? []) as object[]), ...found] }
  return next === null
    ? { status: 'finished', data: aggregated }
    : { status: 'running', cursor: { after: next }, data: aggregated }
}

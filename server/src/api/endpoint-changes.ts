// What every change of an endpoint brings with it, in its transaction: a row of the audit log, and what
// the operator is told. Both kinds of endpoint go through here; of operational ones nothing is told.
import type { Application } from '../domain/application.ts'
import type { Change, Fields } from '../domain/change.ts'
import { REDACTED } from '../domain/change.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { operationalApplicationId } from '../domain/operational.ts'
import { type EndpointEvent, insertEndpointEvents } from '../store/endpoint-events.ts'
import { fieldsOf, type HandlerDeps } from './record.ts'

/** Whose endpoints they are: an application, or the hidden one of operational webhooks. */
export type Owner = Pick<Application, 'id' | 'uid' | 'environmentId'>

type Wanted = {
  owner: Owner
  endpoint: Pick<Endpoint, 'id' | 'uid'>
  change: Pick<Change, 'before' | 'after' | 'replaced'>
  events: Omit<EndpointEvent, 'endpoint'>[]
}

/** Call it in the transaction of the change, after the change. */
export async function noteEndpoint(
  { store, record, wakeEngine, endpointChanged }: HandlerDeps,
  { owner, endpoint, change, events }: Wanted,
) {
  const { id, uid } = endpoint
  const operational = isOperational(owner)
  await record(store.db, {
    target: { kind: operational ? 'operational-endpoint' : 'endpoint', id, uid },
    ...(!operational && { applicationId: owner.id }),
    ...change,
  })
  endpointChanged(id)
  if (operational) return
  const told = events.map((event) => ({ ...event, endpoint }))
  if (await insertEndpointEvents(store.db, owner, told)) wakeEngine()
}

/** PUT and PATCH are told as an update; switching on or off besides. */
export function updateEvents(before: Endpoint, after: Endpoint): Wanted['events'] {
  const updated = { type: 'endpoint.updated' } as const
  if (before.disabled === after.disabled) return [updated]
  return after.disabled
    ? [updated, { type: 'endpoint.disabled', ...whyDisabled(after) }]
    : [updated, { type: 'endpoint.enabled' }]
}

const whyDisabled = ({ disabledReason: reason }: Endpoint) =>
  reason === 'unverified'
    ? ({ trigger: 'automatic', reason } as const)
    : ({ trigger: 'manual', reason: 'manual' } as const)

/** Credentials are there or not; what they are is nobody's to read. */
export function endpointFields({ hasCredentials, ...endpoint }: Endpoint): Fields {
  return { ...fieldsOf(endpoint), credentials: hasCredentials ? REDACTED : null }
}

const isOperational = ({ id, environmentId }: Owner) =>
  id === operationalApplicationId(environmentId)

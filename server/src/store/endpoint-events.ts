// Tells the operator what became of endpoints, in the transaction that changed them.
import type { Application } from '../domain/application.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { DisabledReason } from '../domain/health.ts'
import type { OperationalEventType } from '../domain/operational.ts'
import type { Db } from './connect.ts'
import { insertOperationalMessages } from './operational-messages.ts'

export type EndpointEvent = {
  type: Extract<OperationalEventType, `endpoint.${string}`>
  endpoint: Pick<Endpoint, 'id' | 'uid'>
  /** Of `endpoint.disabled`, and of a hook that is gone. */
  trigger?: 'manual' | 'automatic'
  reason?: DisabledReason
  failSince?: Date | null
}

/** Returns whether anything is now free and due. */
export function insertEndpointEvents(
  tx: Db,
  application: Pick<Application, 'id' | 'uid' | 'environmentId'>,
  events: EndpointEvent[],
): Promise<boolean> {
  return insertOperationalMessages(
    tx,
    application.environmentId,
    events.map(({ type, endpoint, trigger, reason, failSince }) => ({
      type,
      data: {
        appId: application.id,
        ...(application.uid !== null && { appUid: application.uid }),
        endpointId: endpoint.id,
        ...(endpoint.uid !== null && { endpointUid: endpoint.uid }),
        ...(failSince && { failSince: failSince.toISOString() }),
        ...(trigger && { trigger }),
        ...(reason && { reason }),
      },
    })),
  )
}

// A hook whose receiver answers 410 unsubscribes itself: that is the convention of who makes them. So
// does the endpoint of a listener who has gone.
import { sql } from 'kysely'
import { type EndpointId, toId, toUuid } from '../domain/ids.ts'
import { recordChange } from './changes.ts'
import type { Db } from './connect.ts'
import { endPendingDeliveries } from './deliveries.ts'
import { insertEndpointEvents } from './endpoint-events.ts'
import { deleteEndpoint, toEndpoint } from './endpoints.ts'
import { inTransaction } from './transaction.ts'
import { lockVerification } from './verifications.ts'

/** False when it is neither of them, or was deleted already. */
export async function deleteGoneEndpoint(db: Db, id: EndpointId): Promise<boolean> {
  const isDeleted = await inTransaction(db, async (tx) => {
    await lockVerification(tx, id)
    const row = await tx
      .selectFrom('endpoint')
      .selectAll()
      .where('id', '=', toUuid(id))
      .where(sql<boolean>`(hook or exists (select from bin where bin.listens_to = endpoint.id))`)
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) return false
    const owner = await tx
      .selectFrom('application')
      .select(['uid', 'environment_id'])
      .where('id', '=', row.application_id)
      .where((eb) => eb.not('operational'))
      .executeTakeFirst()
    if (owner === undefined) return false
    const { applicationId, hasCredentials, updatedAt, ...before } = toEndpoint(row)
    await deleteEndpoint(tx, applicationId, id)
    const environmentId = toId('environment', owner.environment_id)
    const by = {
      actor: { kind: 'system' },
      operation: 'endpoint.deleted',
      requestId: null,
    } as const
    const target = { kind: 'endpoint', id, uid: row.uid } as const
    await recordChange(tx, { environmentId, ...by }, { target, applicationId, before })
    const event = { type: 'endpoint.deleted', trigger: 'automatic', reason: 'gone' } as const
    const endpoint = { id, uid: row.uid }
    const application = { id: applicationId, uid: owner.uid, environmentId }
    await insertEndpointEvents(tx, application, [{ ...event, endpoint }])
    return true
  })
  if (isDeleted) await endPendingDeliveries(db, id, { reason: 'endpoint_deleted' })
  return isDeleted
}

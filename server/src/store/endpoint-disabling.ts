// Endpoints that Bellwire switches off by itself; noted and told in the same transaction.
import type { DisabledReason } from '../domain/health.ts'
import { type EndpointId, toId, toUuid } from '../domain/ids.ts'
import { recordChange } from './changes.ts'
import type { Db } from './connect.ts'
import { insertEndpointEvents } from './endpoint-events.ts'
import { inTransaction } from './transaction.ts'

type Why = { reason: DisabledReason; failSince?: Date }

/** False when it was off or gone already. */
export async function disableEndpoint(db: Db, id: EndpointId, { reason, failSince }: Why) {
  return inTransaction(db, async (tx) => {
    const row = await tx
      .updateTable('endpoint as e')
      .from('application as a')
      .set((eb) => ({
        disabled: true,
        disabled_reason: reason,
        updated_at: eb.fn<Date>('now'),
        revision: eb('e.revision', '+', 1),
      }))
      .where('e.id', '=', toUuid(id))
      .whereRef('a.id', '=', 'e.application_id')
      .where('e.disabled', '=', false)
      .where('e.deleted_at', 'is', null)
      .returning(['e.uid', 'e.application_id', 'a.uid as application_uid', 'a.environment_id'])
      .returning('a.operational')
      .executeTakeFirst()
    if (row === undefined) return false
    const environmentId = toId('environment', row.environment_id)
    const applicationId = toId('application', row.application_id)
    await recordChange(
      tx,
      {
        environmentId,
        actor: { kind: 'system' },
        operation: 'endpoint.disabled',
        requestId: null,
      },
      {
        target: { kind: row.operational ? 'operational-endpoint' : 'endpoint', id, uid: row.uid },
        ...(!row.operational && { applicationId }),
        before: { disabled: false, disabledReason: null },
        after: { disabled: true, disabledReason: reason },
      },
    )
    if (row.operational) return true
    const application = { id: applicationId, uid: row.application_uid, environmentId }
    const endpoint = { id, uid: row.uid }
    await insertEndpointEvents(tx, application, [
      {
        type: 'endpoint.disabled',
        ...{ endpoint, trigger: 'automatic', reason },
        failSince: failSince ?? null,
      },
    ])
    return true
  })
}

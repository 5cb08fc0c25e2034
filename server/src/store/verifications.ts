// Endpoints that wait for their URL to answer a challenge. Of a challenge only the hash is kept.
import { type Selectable, sql } from 'kysely'
import type { Change } from '../domain/change.ts'
import { type EndpointId, type EnvironmentId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { insertEndpointEvents } from './endpoint-events.ts'
import type { Tables } from './tables.ts'
import { hashOf } from './tokens.ts'
import { inTransaction } from './transaction.ts'

export type Verification = {
  askedAt: Date | null
  expiresAt: Date | null
  problem: string | null
}

export async function findVerification(db: Db, id: EndpointId): Promise<Verification | null> {
  const row = await db
    .selectFrom('endpoint_verification')
    .selectAll()
    .where('endpoint_id', '=', toUuid(id))
    .executeTakeFirst()
  return row === undefined ? null : toVerification(row)
}

/** From here on no earlier challenge counts. `disabled` is what it is to be then; as it was if absent. */
export async function demandVerification(
  tx: Db,
  id: EndpointId,
  { disabled }: { disabled: boolean | undefined },
) {
  const nothing = { challenge: null, asked_at: null, expires_at: null, problem: null }
  await tx
    .insertInto('endpoint_verification')
    .values({ endpoint_id: toUuid(id), disabled: disabled ?? false })
    .onConflict((conflict) =>
      conflict
        .column('endpoint_id')
        .doUpdateSet({ ...nothing, ...(disabled !== undefined && { disabled }) }),
    )
    .execute()
}

/** Its owner switches it on or off meanwhile. */
export async function wishDisabled(tx: Db, id: EndpointId, disabled: boolean) {
  await tx
    .updateTable('endpoint_verification')
    .set({ disabled })
    .where('endpoint_id', '=', toUuid(id))
    .execute()
}

/** Whoever locks the endpoint as well locks this first. */
export async function lockVerification(tx: Db, id: EndpointId) {
  await tx
    .selectFrom('endpoint_verification')
    .select('endpoint_id')
    .where('endpoint_id', '=', toUuid(id))
    .forUpdate()
    .execute()
}

export async function forgetVerification(tx: Db, id: EndpointId) {
  await tx.deleteFrom('endpoint_verification').where('endpoint_id', '=', toUuid(id)).execute()
}

/** False when it was asked for less than so many seconds ago, or nothing is to be verified. */
export async function claimAsking(db: Db, id: EndpointId, pauseSeconds: number) {
  const { numUpdatedRows } = await db
    .updateTable('endpoint_verification')
    .set({ asked_at: sql<Date>`now()` })
    .where('endpoint_id', '=', toUuid(id))
    .where(
      sql<boolean>`(asked_at is null or asked_at <= now() - make_interval(secs => ${pauseSeconds}))`,
    )
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** When it expires; null when nothing is to be verified any more. No earlier one counts then. */
export async function putChallenge(
  db: Db,
  id: EndpointId,
  { challenge, seconds }: { challenge: string; seconds: number },
): Promise<Date | null> {
  const row = await db
    .updateTable('endpoint_verification')
    .set({
      challenge: hashOf(challenge),
      asked_at: sql<Date>`now()`,
      expires_at: sql<Date>`now() + make_interval(secs => ${seconds})`,
      problem: null,
    })
    .where('endpoint_id', '=', toUuid(id))
    .returning('expires_at')
    .executeTakeFirst()
  return row?.expires_at ?? null
}

/** Nothing when another challenge is on its way by now. */
export async function noteUnanswered(
  db: Db,
  id: EndpointId,
  { challenge, problem }: { challenge: string; problem: string },
) {
  await db
    .updateTable('endpoint_verification')
    .set({ problem })
    .where('endpoint_id', '=', toUuid(id))
    .where('challenge', '=', hashOf(challenge))
    .execute()
}

/** Writes the change down, in its transaction. */
type Note = (tx: Db, change: Change, environmentId: EnvironmentId) => Promise<void>

/** The challenge came back: the endpoint is what its owner wants. False for a wrong or late one. */
export async function verifyEndpoint(
  db: Db,
  id: EndpointId,
  { challenge, note }: { challenge: string; note: Note },
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    // Held first: another URL takes its place and makes another row of it before it is the endpoint's.
    const waiting = await tx
      .selectFrom('endpoint_verification')
      .select('disabled')
      .where('endpoint_id', '=', toUuid(id))
      .where('challenge', '=', hashOf(challenge))
      .where('expires_at', '>', sql<Date>`now()`)
      .forUpdate()
      .executeTakeFirst()
    if (waiting === undefined) return false
    const row = await tx
      .updateTable('endpoint as e')
      .from('application as a')
      .set((eb) => ({
        disabled: waiting.disabled,
        disabled_reason: waiting.disabled ? 'manual' : null,
        updated_at: eb.fn<Date>('now'),
        revision: eb('e.revision', '+', 1),
      }))
      .where('e.id', '=', toUuid(id))
      .whereRef('a.id', '=', 'e.application_id')
      .where('a.operational', '=', false)
      .where('e.deleted_at', 'is', null)
      .returning(['e.uid', 'e.application_id', 'e.disabled', 'e.disabled_reason'])
      .returning(['a.uid as application_uid', 'a.environment_id'])
      .executeTakeFirst()
    if (row === undefined) return false
    await forgetVerification(tx, id)
    const environmentId = toId('environment', row.environment_id)
    const applicationId = toId('application', row.application_id)
    const endpoint = { id, uid: row.uid }
    const change: Change = {
      target: { kind: 'endpoint', ...endpoint },
      applicationId,
      before: { disabled: true, disabledReason: 'unverified' },
      after: { disabled: row.disabled, disabledReason: row.disabled_reason },
    }
    await note(tx, change, environmentId)
    if (row.disabled) return true
    const application = { id: applicationId, uid: row.application_uid, environmentId }
    await insertEndpointEvents(tx, application, [{ type: 'endpoint.enabled', endpoint }])
    return true
  })
}

const toVerification = (row: Selectable<Tables['endpoint_verification']>): Verification => ({
  askedAt: row.asked_at,
  expiresAt: row.expires_at,
  problem: row.problem,
})

// The audit log: a row in the transaction of every change, so there is no change without its row and no
// row of a change that was not made.
import { type Selectable, sql } from 'kysely'
import { type Actor, type Change, differenceOf } from '../domain/change.ts'
import {
  type ApplicationId,
  type ChangeId,
  type EnvironmentId,
  lowestUuid,
  newUuid,
  toId,
  toUuid,
} from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'

const CHUNK = 10_000

export type By = {
  environmentId: EnvironmentId
  actor: Actor
  /** The id of the operation, or what Bellwire did by itself. */
  operation: string
  requestId: string | null
}

/** `tx` is the transaction of the change itself. */
export async function recordChange(tx: Db, by: By, change: Change): Promise<void> {
  const { environmentId, actor, operation, requestId } = by
  const { before, after } = differenceOf(change)
  await tx
    .insertInto('audit_log')
    .values({
      id: newUuid(),
      environment_id: toUuid(environmentId),
      actor_kind: actor.kind,
      actor_id: 'id' in actor ? actor.id : null,
      session_id: 'id' in actor ? actor.sessionId : null,
      request_id: requestId,
      operation,
      target_kind: change.target.kind,
      target_id: change.target.id,
      target_uid: change.target.uid ?? null,
      application_id: change.applicationId === undefined ? null : toUuid(change.applicationId),
      before: before && JSON.stringify(before),
      after: after && JSON.stringify(after),
    })
    .execute()
}

export type ChangeFilter = {
  before: Date | null
  after: Date | null
  actor: string | null
  operation: string | null
  targetKind: string | null
  targetId: string | null
  applicationId: ApplicationId | null
}

export type RecordedChange = ReturnType<typeof toRecordedChange>

export async function listChanges(
  db: Db,
  environmentId: EnvironmentId,
  { request: page, filter }: { request: PageRequest; filter: ChangeFilter },
): Promise<Page<RecordedChange>> {
  const equal = {
    actor_id: filter.actor,
    operation: filter.operation,
    target_kind: filter.targetKind,
    target_id: filter.targetId,
    application_id: filter.applicationId && toUuid(filter.applicationId),
  }
  let query = db
    .selectFrom('audit_log')
    .selectAll()
    .where('environment_id', '=', toUuid(environmentId))
    .where(beyondCursor(page, 'id', 'uuid'))
  for (const [column, value] of Object.entries(equal)) {
    if (value !== null) query = query.where(sql.ref(column), '=', value)
  }
  if (filter.before !== null) query = query.where('id', '<', lowestUuid(filter.before))
  if (filter.after !== null) query = query.where('id', '>=', lowestUuid(filter.after))
  const rows = await query
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toRecordedChange), page)
}

/** Removes what was noted before `before`, in chunks, oldest first along the key. */
export async function deleteOldChanges(db: Db, before: Date): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from audit_log
       where id = any (array(select id from audit_log
                              where id < ${lowestUuid(before)}::uuid
                              order by id limit ${CHUNK} for update skip locked))`.execute(db)
    if ((numAffectedRows ?? 0n) < BigInt(CHUNK)) return
  }
}

const toRecordedChange = (row: Selectable<Tables['audit_log']>) => ({
  id: toId('change', row.id) satisfies ChangeId,
  actor: { kind: row.actor_kind, id: row.actor_id, sessionId: row.session_id },
  requestId: row.request_id,
  operation: row.operation,
  target: { kind: row.target_kind, id: row.target_id, uid: row.target_uid },
  applicationId: row.application_id && toId('application', row.application_id),
  before: row.before,
  after: row.after,
})

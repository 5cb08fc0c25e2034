import { type Selectable, sql } from 'kysely'
import type { Application, Metadata } from '../domain/application.ts'
import { notFound } from '../domain/errors.ts'
import {
  type ApplicationId,
  type EnvironmentId,
  newId,
  parseId,
  toId,
  toUuid,
} from '../domain/ids.ts'
import { operationalApplicationId } from '../domain/operational.ts'
import type { Db } from './connect.ts'
import { refusingTaken } from './errors.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'
import { inTransaction } from './transaction.ts'

export type ApplicationFields = {
  uid: string | null
  name: string
  throttleRate: number | null
  metadata: Metadata
}

/** Throws not_found. `idOrUid` is never an id of another kind: uids cannot start with `app_`. */
export async function getApplication(db: Db, environmentId: EnvironmentId, idOrUid: string) {
  const application = await findApplication(db, environmentId, idOrUid)
  if (application === null) throw notFound()
  return application
}

export async function findApplication(
  db: Db,
  environmentId: EnvironmentId,
  idOrUid: string,
): Promise<Application | null> {
  const id = parseId('application', idOrUid)
  const row = await live(db, environmentId)
    .selectAll()
    .where(id === null ? 'uid' : 'id', '=', id === null ? idOrUid : toUuid(id))
    .executeTakeFirst()
  return row === undefined ? null : toApplication(row)
}

type ApplicationFilter = { withoutEndpoints: boolean; onlyDisabledEndpoints: boolean }

/** The filters leave out: applications that have no endpoint, and those that have disabled ones only. */
export async function listApplications(
  db: Db,
  environmentId: EnvironmentId,
  { request: page, exclude }: { request: PageRequest; exclude: ApplicationFilter },
): Promise<Page<Application>> {
  let query = live(db, environmentId)
    .selectAll()
    .where(beyondCursor(page, 'id', 'uuid'))
  if (exclude.withoutEndpoints) query = query.where(hasEndpoint())
  if (exclude.onlyDisabledEndpoints) {
    query = query.where(sql<boolean>`(${hasEndpoint('not disabled')} or not ${hasEndpoint()})`)
  }
  const rows = await query
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toApplication), page)
}

const hasEndpoint = (condition: 'true' | 'not disabled' = 'true') => sql<boolean>`exists (
  select from endpoint e
   where e.application_id = application.id and e.deleted_at is null and ${sql.raw(condition)})`

/** Throws conflict when the uid is taken. */
export async function insertApplication(
  db: Db,
  environmentId: EnvironmentId,
  fields: ApplicationFields,
) {
  const row = await refusingTakenUid(
    db
      .insertInto('application')
      .values({
        id: toUuid(newId('application')),
        environment_id: toUuid(environmentId),
        ...toRow(fields),
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
  return toApplication(row)
}

/**
 * Changes what is named and keeps the rest. Throws not_found, or conflict when the new uid is taken.
 */
export async function updateApplication(
  db: Db,
  environmentId: EnvironmentId,
  id: ApplicationId,
  fields: Partial<ApplicationFields>,
): Promise<{ before: Application; after: Application }> {
  const change = inTransaction(db, async (tx) => {
    const before = await live(tx, environmentId)
      .selectAll()
      .where('id', '=', toUuid(id))
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (before === undefined) throw notFound()
    const after = await tx
      .updateTable('application')
      .set((eb) => ({ ...toPatchRow(fields), updated_at: eb.fn<Date>('now') }))
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    if (JSON.stringify(before.metadata) !== JSON.stringify(after.metadata)) {
      await renewFilters(tx, before.id)
    }
    return { before: toApplication(before), after: toApplication(after) }
  })
  return refusingTakenUid(change)
}

/** Filters may ask for the application's metadata: what nodes remember of it is old now. */
const renewFilters = (tx: Db, application: string) =>
  tx
    .updateTable('endpoint')
    .set((eb) => ({ revision: eb('revision', '+', 1), updated_at: eb.fn<Date>('now') }))
    .where('application_id', '=', application)
    .where('filter', 'is not', null)
    .where('deleted_at', 'is', null)
    .execute()

/**
 * The hidden application that operational webhooks are messages of, if it is not there yet. Its
 * endpoints are found by its id; lists and lookups pass it over.
 */
export async function ensureOperationalApplication(db: Db, environmentId: EnvironmentId) {
  await db
    .insertInto('application')
    .values({
      id: toUuid(operationalApplicationId(environmentId)),
      environment_id: toUuid(environmentId),
      name: 'operational webhooks',
      metadata: '{}',
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Everything below it is gone at once. Returns its endpoints: what waits for them must be ended. */
export async function deleteApplication(db: Db, environmentId: EnvironmentId, id: ApplicationId) {
  const endpoints = await inTransaction(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('application')
      .set((eb) => ({ deleted_at: eb.fn<Date>('now') }))
      .where('environment_id', '=', toUuid(environmentId))
      .where('id', '=', toUuid(id))
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw notFound()
    // Before the endpoints, in the order of those that verify them.
    const own = tx.selectFrom('endpoint').select('id').where('application_id', '=', toUuid(id))
    await tx.deleteFrom('endpoint_verification').where('endpoint_id', 'in', own).execute()
    const deleted = await tx
      .updateTable('endpoint')
      .set((eb) => ({
        deleted_at: eb.fn<Date>('now'),
        updated_at: eb.fn<Date>('now'),
        credentials: null,
        headers: null,
        revision: eb('revision', '+', 1),
      }))
      .where('application_id', '=', toUuid(id))
      .where('deleted_at', 'is', null)
      .returning(['id', 'uid'])
      .execute()
    await tx
      .updateTable('poller')
      .set((eb) => ({ deleted_at: eb.fn<Date>('now') }))
      .where('application_id', '=', toUuid(id))
      .where('deleted_at', 'is', null)
      .execute()
    const gone = deleted.map((row) => row.id)
    if (gone.length === 0) return deleted
    await tx.deleteFrom('endpoint_secret').where('endpoint_id', 'in', gone).execute()
    await tx.deleteFrom('endpoint_transport').where('endpoint_id', 'in', gone).execute()
    await tx.deleteFrom('endpoint_health').where('endpoint_id', 'in', gone).execute()
    return deleted
  })
  return endpoints.map((row) => ({ id: toId('endpoint', row.id), uid: row.uid }))
}

const live = (db: Db, environmentId: EnvironmentId) =>
  db
    .selectFrom('application')
    .where('environment_id', '=', toUuid(environmentId))
    .where('deleted_at', 'is', null)
    .where('operational', '=', false)

const refusingTakenUid = <Result>(write: Promise<Result>) =>
  refusingTaken({ constraint: 'application_uid', what: 'An application with this uid' }, write)

const toRow = ({ uid, name, throttleRate, metadata }: ApplicationFields) => ({
  uid,
  name,
  throttle_rate: throttleRate,
  metadata: JSON.stringify(metadata),
})

/** Kysely writes no column whose value is undefined. */
const toPatchRow = (fields: Partial<ApplicationFields>): Partial<ReturnType<typeof toRow>> =>
  toRow(fields as ApplicationFields)

const toApplication = (row: Selectable<Tables['application']>): Application => ({
  id: toId('application', row.id),
  environmentId: toId('environment', row.environment_id),
  uid: row.uid,
  name: row.name,
  throttleRate: row.throttle_rate,
  metadata: row.metadata,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

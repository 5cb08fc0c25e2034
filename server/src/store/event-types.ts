import { type Insertable, type Selectable, sql } from 'kysely'
import { AppError, notFound } from '../domain/errors.ts'
import type { EventType } from '../domain/event-type.ts'
import { isGroup, prefixOfGroup } from '../domain/event-type-group.ts'
import { type EnvironmentId, toId, toUuid } from '../domain/ids.ts'
import type { RetrySchedule } from '../domain/retry.ts'
import type { Db } from './connect.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'
import { inTransaction } from './transaction.ts'

const COLUMNS = [
  ...(['name', 'description', 'archived', 'deprecated', 'feature_flags', 'group_name'] as const),
  ...(['schema_policy', 'created_at', 'updated_at'] as const),
  sql<string | null>`schemas::text`.as('schemas'),
] as const

export type NamedEventTypeFields = Omit<EventType, 'createdAt' | 'updatedAt'>
export type EventTypeFields = Omit<NamedEventTypeFields, 'name'>

/** Event types without a flag, and those with one of `flags`; null sees all. */
export type Visible = { flags: string[] | null }
const EVERYTHING: Visible = { flags: null }

export async function findEventType(
  db: Db,
  environmentId: EnvironmentId,
  name: string,
  visible = EVERYTHING,
) {
  const row = await all(db, environmentId, visible)
    .select(COLUMNS)
    .where('name', '=', name)
    .executeTakeFirst()
  return row === undefined ? null : toEventType(row)
}

/** Throws not_found; archived ones are found. */
export async function getEventType(
  db: Db,
  environmentId: EnvironmentId,
  name: string,
  visible: Visible,
) {
  const eventType = await findEventType(db, environmentId, name, visible)
  if (eventType === null) throw notFound()
  return eventType
}

export async function listEventTypes(
  db: Db,
  environmentId: EnvironmentId,
  page: PageRequest,
  { includeArchived, ...visible }: Visible & { includeArchived: boolean },
): Promise<Page<EventType>> {
  let query = all(db, environmentId, visible)
    .select(COLUMNS)
    .where(beyondCursor(page, 'name', 'text'))
  if (!includeArchived) query = query.where('archived', '=', false)
  const rows = await query
    .orderBy('name', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toEventType), page)
}

/** Those that are not archived, by name, as many as `max`. */
export async function listAllEventTypes(
  db: Db,
  environmentId: EnvironmentId,
  { max, ...visible }: Visible & { max: number },
) {
  const rows = await all(db, environmentId, visible)
    .select(COLUMNS)
    .where('archived', '=', false)
    .orderBy('name')
    .limit(max)
    .execute()
  return rows.map(toEventType)
}

/**
 * Which of `names` no endpoint may start to name: types that are unknown, not visible or archived, and
 * groups without any other.
 */
export async function findUnusableEventTypes(
  db: Db,
  environmentId: EnvironmentId,
  names: string[],
  visible: Visible,
) {
  const live = all(db, environmentId, visible).select('name').where('archived', '=', false)
  const rows = await live.where('name', 'in', names).execute()
  const usable = new Set(rows.map((row) => row.name))
  for (const group of names.filter(isGroup)) {
    // In the order of the names' bytes, so that the key finds the first of the group.
    const prefix = prefixOfGroup(group)
    const first = await live.where('name', '>', prefix).orderBy('name').limit(1).executeTakeFirst()
    if (first?.name.startsWith(prefix)) usable.add(group)
  }
  return names.filter((name) => !usable.has(name))
}

/** Throws event_type_exists for a live name; an archived one is brought back with the new fields. */
export async function insertEventType(
  db: Db,
  environmentId: EnvironmentId,
  name: string,
  fields: EventTypeFields,
): Promise<EventType> {
  const row = await db
    .insertInto('event_type')
    .values({ environment_id: toUuid(environmentId), name, ...toRow(fields) })
    .onConflict((conflict) =>
      conflict
        .columns(['environment_id', 'name'])
        .doUpdateSet((eb) => ({ ...toRow(fields), updated_at: eb.fn<Date>('now') }))
        .where('event_type.archived', '=', true),
    )
    .returning(COLUMNS)
    .executeTakeFirst()
  if (row === undefined) {
    throw new AppError('event_type_exists', `An event type ${name} already exists`)
  }
  return toEventType(row)
}

/** Those of `names` that exist, archived ones too, and held for the transaction that changes them. */
export async function holdEventTypes(
  tx: Db,
  environmentId: EnvironmentId,
  names: string[],
): Promise<Map<string, EventType>> {
  if (names.length === 0) return new Map()
  const rows = await all(tx, environmentId, EVERYTHING)
    .select(COLUMNS)
    .where('name', 'in', names)
    .orderBy('name')
    .forUpdate()
    .execute()
  return new Map(rows.map((row) => [row.name, toEventType(row)]))
}

/** Every event type by name, archived ones too: for taking an environment elsewhere. */
export async function listEveryEventType(db: Db, environmentId: EnvironmentId) {
  const rows = await all(db, environmentId, EVERYTHING).select(COLUMNS).orderBy('name').execute()
  return rows.map(toEventType)
}

/** Makes those that are new and replaces every field of the others, in one statement. */
export async function upsertEventTypes(
  db: Db,
  environmentId: EnvironmentId,
  eventTypes: NamedEventTypeFields[],
): Promise<EventType[]> {
  if (eventTypes.length === 0) return []
  const rows = await db
    .insertInto('event_type')
    .values(
      // In one order everywhere: two imports of the same names would deadlock.
      eventTypes
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, ...fields }) => ({
          environment_id: toUuid(environmentId),
          name,
          ...toRow(fields),
        })),
    )
    .onConflict((conflict) =>
      conflict.columns(['environment_id', 'name']).doUpdateSet((eb) => ({
        description: eb.ref('excluded.description'),
        archived: eb.ref('excluded.archived'),
        deprecated: eb.ref('excluded.deprecated'),
        schemas: eb.ref('excluded.schemas'),
        feature_flags: eb.ref('excluded.feature_flags'),
        group_name: eb.ref('excluded.group_name'),
        schema_policy: eb.ref('excluded.schema_policy'),
        updated_at: eb.fn<Date>('now'),
      })),
    )
    .returning(COLUMNS)
    .execute()
  return rows.map(toEventType)
}

/** Archives all but `names`; returns the names of those that were not archived before. */
export async function archiveOtherEventTypes(
  db: Db,
  environmentId: EnvironmentId,
  { names, dryRun }: { names: string[]; dryRun: boolean },
): Promise<string[]> {
  const others = await all(db, environmentId, EVERYTHING)
    .select('name')
    .where('archived', '=', false)
    .where(sql<boolean>`name <> all (${names}::text[])`)
    .orderBy('name')
    .execute()
  const archived = others.map(({ name }) => name)
  if (dryRun || archived.length === 0) return archived
  await db
    .updateTable('event_type')
    .set((eb) => ({ archived: true, updated_at: eb.fn<Date>('now') }))
    .where('environment_id', '=', toUuid(environmentId))
    .where('name', 'in', archived)
    .execute()
  return archived
}

/** Changes what is named and keeps the rest. Throws not_found. */
export async function updateEventType(
  db: Db,
  environmentId: EnvironmentId,
  name: string,
  fields: Partial<EventTypeFields>,
): Promise<{ before: EventType; after: EventType }> {
  return inTransaction(db, async (tx) => {
    const before = await lockEventType(tx, environmentId, name)
    const after = await tx
      .updateTable('event_type')
      .set((eb) => ({ ...toPatchRow(fields), updated_at: eb.fn<Date>('now') }))
      .where('environment_id', '=', toUuid(environmentId))
      .where('name', '=', name)
      .returning(COLUMNS)
      .executeTakeFirstOrThrow()
    return { before: toEventType(before), after: toEventType(after) }
  })
}

/** Throws not_found, also when it is archived already: a second DELETE finds nothing to delete. */
export async function archiveEventType(db: Db, environmentId: EnvironmentId, name: string) {
  return inTransaction(db, async (tx) => {
    const { archived } = await lockEventType(tx, environmentId, name)
    if (archived) throw notFound()
    return updateEventType(tx, environmentId, name, { archived: true })
  })
}

/** Until the end of the transaction. Throws not_found. */
async function lockEventType(tx: Db, environmentId: EnvironmentId, name: string) {
  const one = all(tx, environmentId, EVERYTHING).select(COLUMNS).where('name', '=', name)
  const row = await one.forUpdate().executeTakeFirst()
  if (row === undefined) throw notFound()
  return row
}

/** Removes it for good and returns what it was. Throws not_found. */
export async function deleteEventType(db: Db, environmentId: EnvironmentId, name: string) {
  const row = await db
    .deleteFrom('event_type')
    .where('environment_id', '=', toUuid(environmentId))
    .where('name', '=', name)
    .returning(COLUMNS)
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toEventType(row)
}

/** Throws not_found. */
export async function getRetrySchedule(
  db: Db,
  environmentId: EnvironmentId,
  name: string,
): Promise<RetrySchedule | null> {
  const row = await all(db, environmentId, EVERYTHING)
    .select('retry_schedule')
    .where('name', '=', name)
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return row.retry_schedule
}

/** Returns the one before. Throws not_found. */
export async function setRetrySchedule(
  db: Db,
  environmentId: EnvironmentId,
  name: string,
  schedule: RetrySchedule | null,
): Promise<RetrySchedule | null> {
  return inTransaction(db, async (tx) => {
    const before = await all(tx, environmentId, EVERYTHING)
      .select(['environment_id', 'retry_schedule'])
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirst()
    if (before === undefined) throw notFound()
    await tx
      .updateTable('event_type')
      .set((eb) => ({
        retry_schedule: schedule as number[] | null,
        updated_at: eb.fn<Date>('now'),
      }))
      .where('environment_id', '=', before.environment_id)
      .where('name', '=', name)
      .execute()
    return before.retry_schedule
  })
}

/** Of all environments, and of their event types: those with a schedule of their own are few. */
export async function listRetrySchedules(db: Db) {
  const { rows } = await sql<{ id: string; name: string | null; schedule: number[] }>`
    select environment_id as id, name, to_json(retry_schedule) as schedule
      from event_type where retry_schedule is not null
     union all
    select id, null, (settings -> 'retrySchedule')::json
      from environment where jsonb_typeof(settings -> 'retrySchedule') = 'array'`.execute(db)
  return rows.map(({ id, name, schedule }) => ({
    environmentId: toId('environment', id),
    eventType: name,
    schedule,
  }))
}

function all(db: Db, environmentId: EnvironmentId, { flags }: Visible) {
  const owned = db.selectFrom('event_type').where('environment_id', '=', toUuid(environmentId))
  if (flags === null) return owned
  return owned.where(
    sql<boolean>`(coalesce(cardinality(feature_flags), 0) = 0 or feature_flags && ${flags}::text[])`,
  )
}

const toRow = (fields: EventTypeFields) =>
  ({
    description: fields.description,
    archived: fields.archived,
    deprecated: fields.deprecated,
    schemas: fields.schemas,
    feature_flags: fields.featureFlags,
    group_name: fields.groupName,
    schema_policy: fields.schemaPolicy,
  }) satisfies Partial<Insertable<Tables['event_type']>>

/** Kysely writes no column whose value is undefined. */
const toPatchRow = (fields: Partial<EventTypeFields>): Partial<ReturnType<typeof toRow>> =>
  toRow(fields as EventTypeFields)

const toEventType = (
  row: Omit<Selectable<Tables['event_type']>, 'environment_id' | 'retry_schedule'>,
): EventType => ({
  name: row.name,
  description: row.description,
  archived: row.archived,
  deprecated: row.deprecated,
  schemas: row.schemas,
  featureFlags: row.feature_flags,
  groupName: row.group_name,
  schemaPolicy: row.schema_policy,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

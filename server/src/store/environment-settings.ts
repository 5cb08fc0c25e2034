import { sql } from 'kysely'
import type { EnvironmentSettings, SchemaPolicy } from '../domain/environment-settings.ts'
import { invariant } from '../domain/errors.ts'
import { type EnvironmentId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { inTransaction } from './transaction.ts'

type Given = Partial<EnvironmentSettings>

/** What was set, and the server's default for the rest. */
export async function getSettings(
  db: Db,
  environmentId: EnvironmentId,
  defaults: EnvironmentSettings,
): Promise<EnvironmentSettings> {
  const row = await db
    .selectFrom('environment')
    .select('settings')
    .where('id', '=', toUuid(environmentId))
    .executeTakeFirst()
  invariant(row !== undefined, 'a caller belongs to an environment')
  return { ...defaults, ...row.settings }
}

/** What was set; nobody else sets it, and no other import begins, before the transaction ends. */
export async function holdSettings(tx: Db, environmentId: EnvironmentId): Promise<Given> {
  const { settings } = await tx
    .selectFrom('environment')
    .select('settings')
    .where('id', '=', toUuid(environmentId))
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
  return settings
}

/** Puts what `change` makes of what was set in its place. */
export async function changeSettings(
  db: Db,
  environmentId: EnvironmentId,
  change: (present: Given) => Given,
): Promise<{ before: Given; after: Given }> {
  return inTransaction(db, async (tx) => {
    const before = await holdSettings(tx, environmentId)
    const after = change(before)
    await tx
      .updateTable('environment')
      .set((eb) => ({ settings: JSON.stringify(after), updated_at: eb.fn<Date>('now') }))
      .where('id', '=', toUuid(environmentId))
      .execute()
    return { before, after }
  })
}

/** All settings, and whether any event type has a policy of its own that is not `off`. */
export async function findEnvironment(
  db: Db,
  environmentId: EnvironmentId,
  defaults: EnvironmentSettings,
): Promise<EnvironmentSettings & { hasOwnPolicies: boolean }> {
  const { rows } = await sql<{ settings: Given; own: boolean }>`
    select settings,
           exists (
             select from event_type
              where environment_id = environment.id and schema_policy in ('warn', 'reject')
           ) as own
      from environment
     where id = ${toUuid(environmentId)}`.execute(db)
  return { ...defaults, ...rows[0]?.settings, hasOwnPolicies: rows[0]?.own ?? false }
}

/** What a message of the event type is held against; null of one that is not registered. */
export type PayloadRule = { policy: SchemaPolicy | null; schemas: string | null }

/** The rule of an event type that is not archived, its schemas as they were written. */
export async function findPayloadRule(
  db: Db,
  environmentId: EnvironmentId,
  eventType: string,
): Promise<PayloadRule | null> {
  const { rows } = await sql<PayloadRule>`
    select schema_policy as policy, schemas::text as schemas
      from event_type
     where environment_id = ${toUuid(environmentId)} and name = ${eventType} and not archived`.execute(
    db,
  )
  return rows[0] ?? null
}

/** Failed deliveries in a row that switch the endpoint off; none of operational ones, which tell of it. */
export const failuresAllowed = (endpoint: string) => sql<number | null>`(
  select nullif(coalesce(e.disable_after_failures,
                         (v.settings ->> 'disableAfterFailures')::int), 0)
    from endpoint e
    join application a on a.id = e.application_id and not a.operational
    join environment v on v.id = a.environment_id
   where e.id = ${endpoint}::uuid)`

/**
 * Whether an endpoint that keeps failing is to be switched off: a customer's, or an operational one. A
 * part of the query that finds out that it does.
 */
export const isDisabledOnFailure = (endpoint: string) => sql<boolean>`coalesce((
  select (v.settings ->> 'disableEndpointOnFailure')::boolean
    from endpoint e
    join application a on a.id = e.application_id
    join environment v on v.id = a.environment_id
   where e.id = ${endpoint}::uuid), true)`

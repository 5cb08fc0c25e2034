import { sql } from 'kysely'
import type { EnvironmentSettings, SchemaPolicy } from '../domain/environment-settings.ts'
import { invariant } from '../domain/errors.ts'
import { type EndpointId, type EnvironmentId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

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

/** Forgets what was set before. */
export async function replaceSettings(db: Db, environmentId: EnvironmentId, settings: Given) {
  await db
    .updateTable('environment')
    .set((eb) => ({ settings: JSON.stringify(settings), updated_at: eb.fn<Date>('now') }))
    .where('id', '=', toUuid(environmentId))
    .execute()
}

/** Changes what is named and keeps the rest, in one statement: two at once lose nothing. */
export async function mergeSettings(
  db: Db,
  environmentId: EnvironmentId,
  settings: Given,
): Promise<Given> {
  const { rows } = await sql<{ settings: Given }>`
    update environment
       set settings = settings || ${JSON.stringify(settings)}::jsonb, updated_at = now()
     where id = ${toUuid(environmentId)}
    returning settings`.execute(db)
  return rows[0]!.settings
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

/** Whether an endpoint of this environment that keeps failing is to be switched off. */
export async function isDisabledOnFailure(db: Db, endpointId: EndpointId): Promise<boolean> {
  const { rows } = await sql<{ disable: boolean }>`
    select coalesce((v.settings ->> 'disableEndpointOnFailure')::boolean, true) as disable
      from endpoint e
      join application a on a.id = e.application_id
      join environment v on v.id = a.environment_id
     where e.id = ${toUuid(endpointId)}`.execute(db)
  return rows[0]?.disable ?? false
}

// Templates that operators add. A change counts for every endpoint that uses one, with its next attempt.
import { type Selectable, sql } from 'kysely'
import { AppError, notFound } from '../domain/errors.ts'
import {
  type EndpointId,
  type EnvironmentId,
  newId,
  type TemplateId,
  toId,
  toUuid,
} from '../domain/ids.ts'
import type { OwnTemplate } from '../domain/templates/template.ts'
import type { Db } from './connect.ts'
import { refusingTaken } from './errors.ts'
import type { Tables } from './tables.ts'

/** How many versions are kept for going back. */
const MAX_VERSIONS = 20
const MAX_TEMPLATES = 200

export type TemplateFields = Pick<OwnTemplate, 'name' | 'title' | 'about' | 'fields' | 'code'>

/** By name. */
export async function listTemplates(db: Db, environmentId: EnvironmentId): Promise<OwnTemplate[]> {
  const rows = await ofEnvironment(db, environmentId).orderBy('t.name').execute()
  return rows.map(toTemplate)
}

export async function findTemplate(db: Db, environmentId: EnvironmentId, name: string) {
  const row = await ofEnvironment(db, environmentId).where('t.name', '=', name).executeTakeFirst()
  return row === undefined ? null : toTemplate(row)
}

/**
 * As it stays until the transaction ends: `share` for whoever is about to use it, `update` for whoever
 * changes it.
 */
export async function holdTemplate(
  tx: Db,
  environmentId: EnvironmentId,
  { name, lock }: { name: string; lock: 'share' | 'update' },
): Promise<OwnTemplate | null> {
  const query = tx
    .selectFrom('template')
    .select('id')
    .where('environment_id', '=', toUuid(environmentId))
    .where('name', '=', name)
  const held = await (lock === 'share' ? query.forShare() : query.forUpdate()).executeTakeFirst()
  // Read after the lock: its version may have changed while that was waited for.
  return held === undefined ? null : findTemplate(tx, environmentId, name)
}

/** Throws conflict when the name is taken, or when there are too many. */
export async function insertTemplate(
  tx: Db,
  environmentId: EnvironmentId,
  fields: TemplateFields,
): Promise<OwnTemplate> {
  const { name, title, about } = fields
  const { count } = await tx
    .selectFrom('template')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('environment_id', '=', toUuid(environmentId))
    .executeTakeFirstOrThrow()
  if (Number(count) >= MAX_TEMPLATES) {
    throw new AppError(
      'limit_reached',
      `An environment has ${MAX_TEMPLATES} templates of its own at most`,
    )
  }
  const id = newId('template')
  const owned = { id: toUuid(id), environment_id: toUuid(environmentId), version: 1 }
  await refusingTaken(
    { constraint: 'template_environment_id_name_key', what: 'A template of this name' },
    tx
      .insertInto('template')
      .values({ ...owned, name, title, about })
      .execute(),
  )
  await insertVersion(tx, id, { ...fields, version: 1 })
  return (await findTemplate(tx, environmentId, name))!
}

/** Another form or other code is a new version. Returns the endpoints that have to look anew. */
export async function updateTemplate(
  tx: Db,
  { id }: OwnTemplate,
  { title, about, ...made }: Omit<TemplateFields, 'name'> & { isNewVersion: boolean },
): Promise<EndpointId[]> {
  await tx
    .updateTable('template')
    .set((eb) => ({ title, about, updated_at: eb.fn<Date>('now') }))
    .where('id', '=', toUuid(id))
    .execute()
  if (!made.isNewVersion) return []
  const [newest] = await listTemplateVersions(tx, id)
  const version = newest!.version + 1
  await insertVersion(tx, id, { ...made, version })
  await tx
    .deleteFrom('template_version')
    .where('template_id', '=', toUuid(id))
    .where('version', '<=', version - MAX_VERSIONS)
    .execute()
  return useVersion(tx, id, version)
}

/** Returns the endpoints that have to look anew. */
export async function useVersion(tx: Db, id: TemplateId, version: number): Promise<EndpointId[]> {
  await tx
    .updateTable('template')
    .set((eb) => ({ version, updated_at: eb.fn<Date>('now') }))
    .where('id', '=', toUuid(id))
    .execute()
  const { rows } = await sql<{ id: string }>`
    update endpoint e set revision = revision + 1, updated_at = now()
     where e.id in (${using(id)})
    returning id`.execute(tx)
  return rows.map((row) => toId('endpoint', row.id))
}

/** Newest first. */
export async function listTemplateVersions(db: Db, id: TemplateId) {
  return db
    .selectFrom('template_version')
    .select(['version', 'fields', 'code', 'created_at as createdAt'])
    .where('template_id', '=', toUuid(id))
    .orderBy('version', 'desc')
    .execute()
}

/** Endpoints that are not deleted, whatever state they are in. */
export async function countEndpointsUsing(db: Db, id: TemplateId): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (${using(id)}) u`.execute(db)
  return rows[0]!.count
}

/** Of one that only deleted endpoints name. */
export async function deleteTemplate(tx: Db, id: TemplateId): Promise<void> {
  await tx
    .updateTable('endpoint_shape')
    .set({ own_template: null, parameters: null })
    .where('own_template', '=', toUuid(id))
    .execute()
  const { numDeletedRows } = await tx
    .deleteFrom('template')
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw notFound()
}

const using = (id: TemplateId) => sql`
  select e.id from endpoint_shape s
    join endpoint e on e.id = s.endpoint_id
    join application a on a.id = e.application_id
   where s.own_template = ${toUuid(id)} and e.deleted_at is null and a.deleted_at is null
     and not a.operational`

type Version = Pick<OwnTemplate, 'fields' | 'code' | 'version'>

const insertVersion = (tx: Db, id: TemplateId, { fields, code, version }: Version) =>
  tx
    .insertInto('template_version')
    .values({ template_id: toUuid(id), version, fields: JSON.stringify(fields), code })
    .execute()

const ofEnvironment = (db: Db, environmentId: EnvironmentId) =>
  db
    .selectFrom('template as t')
    .innerJoin('template_version as v', (join) =>
      join.onRef('v.template_id', '=', 't.id').onRef('v.version', '=', 't.version'),
    )
    .selectAll('t')
    .select(['v.fields', 'v.code'])
    .where('t.environment_id', '=', toUuid(environmentId))

type Row = Selectable<Tables['template']> &
  Pick<Selectable<Tables['template_version']>, 'fields' | 'code'>

const toTemplate = (row: Row): OwnTemplate => ({
  id: toId('template', row.id),
  name: row.name,
  title: row.title,
  about: row.about,
  fields: row.fields,
  code: row.code,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

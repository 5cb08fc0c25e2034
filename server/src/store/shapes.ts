import { type Selectable, sql } from 'kysely'
import type { EndpointShape } from '../domain/endpoint.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { type EndpointId, toId, toUuid } from '../domain/ids.ts'
import { withDefaults } from '../domain/templates/parameters.ts'
import type { Field, OwnTemplate, Parameters } from '../domain/templates/template.ts'
import type { Db } from './connect.ts'
import { changeEndpoint } from './endpoints.ts'
import type { Seal } from './sealed.ts'
import type { Tables } from './tables.ts'

/** How many versions of its code are kept for going back. */
const MAX_VERSIONS = 20

export type Transformation = {
  code: string | null
  enabled: boolean
  variables: Record<string, string>
  version: number | null
  updatedAt: Date | null
}

/** Nothing is set for most endpoints. */
export async function getTransformation(
  db: Db,
  seal: Seal,
  id: EndpointId,
): Promise<Transformation> {
  const row = await findShape(db, id)
  if (row === undefined) {
    return { code: null, enabled: false, variables: {}, version: null, updatedAt: null }
  }
  const { enabled, version, updated_at: updatedAt } = row
  const variables = openVariables(seal, id, row.variables)
  return { code: await codeOf(db, row), enabled, variables, version, updatedAt }
}

type Change = {
  code?: string | null | undefined
  enabled?: boolean | undefined
  variables?: Record<string, string> | undefined
}

/** Other code is a new version; the code of before can be had again. The next attempt uses it. */
export async function changeTransformation(
  db: Db,
  seal: Seal,
  id: EndpointId,
  { code, enabled, variables }: Change,
): Promise<{ before: Transformation; after: Transformation }> {
  return changeEndpoint(db, id, async (tx) => {
    const before = await getTransformation(tx, seal, id)
    const version =
      code === undefined || code === before.code
        ? before.version
        : code === null
          ? null
          : await insertVersion(tx, id, code)
    await putShape(tx, id, {
      version,
      ...(enabled !== undefined && { enabled }),
      ...(variables !== undefined && {
        variables:
          Object.keys(variables).length === 0
            ? null
            : seal.seal(JSON.stringify(variables), `endpoint.variables/${id}`),
      }),
    })
    return { before, after: await getTransformation(tx, seal, id) }
  })
}

/** Throws not_found for a version that was never there, or is not kept any more. */
export async function rollBack(db: Db, id: EndpointId, version: number): Promise<void> {
  await changeEndpoint(db, id, async (tx) => {
    const found = await tx
      .selectFrom('transformation_version')
      .select('version')
      .where('endpoint_id', '=', toUuid(id))
      .where('version', '=', version)
      .executeTakeFirst()
    if (found === undefined) throw notFound(`There is no version ${version} of this code`)
    await putShape(tx, id, { version })
  })
}

/** Newest first. */
export async function listVersions(db: Db, id: EndpointId) {
  return db
    .selectFrom('transformation_version')
    .select(['version', 'code', 'created_at as createdAt'])
    .where('endpoint_id', '=', toUuid(id))
    .orderBy('version', 'desc')
    .execute()
}

async function insertVersion(tx: Db, id: EndpointId, code: string): Promise<number> {
  const [newest] = await listVersions(tx, id)
  const version = (newest?.version ?? 0) + 1
  await tx
    .insertInto('transformation_version')
    .values({ endpoint_id: toUuid(id), version, code })
    .execute()
  await tx
    .deleteFrom('transformation_version')
    .where('endpoint_id', '=', toUuid(id))
    .where('version', '<=', version - MAX_VERSIONS)
    .execute()
  return version
}

/** The template of an endpoint; `own` is one that an operator added. */
export type ChosenTemplate = {
  name: string
  own: Pick<OwnTemplate, 'id' | 'fields'> | null
  parameters: Parameters
}

export async function findTemplateOf(
  db: Db,
  seal: Seal,
  id: EndpointId,
): Promise<ChosenTemplate | null> {
  const row = await withTemplates(db).where('endpoint_id', '=', toUuid(id)).executeTakeFirst()
  if (row === undefined) return null
  const parameters = openParameters(seal, id, row)
  if (parameters === null) return null
  if (row.own_template === null) return { name: row.template!, own: null, parameters }
  const own = { id: toId('template', row.own_template), fields: row.fields! }
  return { name: row.own_name!, own, parameters }
}

/** Null takes it away. The next attempt uses it. */
export async function setTemplate(
  db: Db,
  seal: Seal,
  id: EndpointId,
  chosen: ChosenTemplate | null,
): Promise<void> {
  const own = chosen?.own ?? null
  await changeEndpoint(db, id, (tx) =>
    putShape(tx, id, {
      template: own === null ? (chosen?.name ?? null) : null,
      own_template: own && toUuid(own.id),
      parameters:
        chosen && seal.seal(JSON.stringify(chosen.parameters), `endpoint.parameters/${id}`),
    }),
  )
}

/** By endpoint, of those that have one. */
export async function listShapesOf(
  db: Db,
  seal: Seal,
  ids: EndpointId[],
): Promise<Map<EndpointId, () => EndpointShape | null>> {
  const rows = await withTemplates(db)
    .leftJoin('transformation_version as v', (join) =>
      join
        .onRef('v.endpoint_id', '=', 'endpoint_shape.endpoint_id')
        .onRef('v.version', '=', 'endpoint_shape.version'),
    )
    .select('v.code')
    .where(sql<boolean>`endpoint_shape.endpoint_id = any (${ids.map(toUuid)}::uuid[])`)
    .execute()
  const byUuid = new Map(rows.map((row) => [row.endpoint_id, row]))
  return new Map(
    ids.flatMap((id) => {
      const row = byUuid.get(toUuid(id))
      return row === undefined ? [] : [[id, () => shapeOf(seal, id, row)]]
    }),
  )
}

/** Code that is on comes before a template. A key names endpoint and version: no two share a runtime. */
function shapeOf(
  seal: Seal,
  id: EndpointId,
  row: TemplateRow & { code: string | null },
): EndpointShape | null {
  if (row.enabled && row.code !== null) {
    const variables = openVariables(seal, id, row.variables)
    const key = `${id}/${row.version}`
    return { kind: 'code', key, code: row.code, variables, params: {}, template: null }
  }
  const parameters = openParameters(seal, id, row)
  if (parameters === null) return null
  if (row.own_template === null) return { kind: 'template', name: row.template!, parameters }
  return {
    kind: 'code',
    key: `${id}/${row.own_template}/${row.own_version}`,
    code: row.own_code!,
    variables: {},
    params: withDefaults(row.fields!, parameters),
    template: row.own_name!,
  }
}

/** With what an operator's own template is now; of others all of that is null. */
const withTemplates = (db: Db) =>
  db
    .selectFrom('endpoint_shape')
    .leftJoin('template as t', 't.id', 'endpoint_shape.own_template')
    .leftJoin('template_version as tv', (join) =>
      join.onRef('tv.template_id', '=', 't.id').onRef('tv.version', '=', 't.version'),
    )
    .selectAll('endpoint_shape')
    .select(['t.name as own_name', 't.version as own_version', 'tv.code as own_code', 'tv.fields'])

type TemplateRow = Row & {
  own_name: string | null
  own_version: number | null
  own_code: string | null
  fields: Field[] | null
}

type Row = Selectable<Tables['endpoint_shape']>

const findShape = (db: Db, id: EndpointId) =>
  db
    .selectFrom('endpoint_shape')
    .selectAll()
    .where('endpoint_id', '=', toUuid(id))
    .executeTakeFirst()

async function codeOf(db: Db, { endpoint_id, version }: Row): Promise<string | null> {
  if (version === null) return null
  const row = await db
    .selectFrom('transformation_version')
    .select('code')
    .where('endpoint_id', '=', endpoint_id)
    .where('version', '=', version)
    .executeTakeFirst()
  if (row === undefined) throw new AppError('server_error', `version ${version} has no code`)
  return row.code
}

const putShape = (
  tx: Db,
  id: EndpointId,
  values: Partial<Omit<Row, 'endpoint_id' | 'updated_at'>>,
) =>
  tx
    .insertInto('endpoint_shape')
    .values({ endpoint_id: toUuid(id), ...values })
    .onConflict((conflict) =>
      conflict.column('endpoint_id').doUpdateSet({ ...values, updated_at: sql`now()` }),
    )
    .execute()

const openVariables = (seal: Seal, id: EndpointId, sealed: Buffer | null) =>
  sealed === null
    ? {}
    : (JSON.parse(seal.open(sealed, `endpoint.variables/${id}`)) as Record<string, string>)

/** Null when there is no template. */
const openParameters = (seal: Seal, id: EndpointId, { parameters }: Row): Parameters | null =>
  parameters === null
    ? null
    : (JSON.parse(seal.open(parameters, `endpoint.parameters/${id}`)) as Parameters)

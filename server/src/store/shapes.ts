import { type Selectable, sql } from 'kysely'
import type { EndpointShape } from '../domain/endpoint.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Parameters } from '../domain/templates/template.ts'
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

export type ChosenTemplate = { name: string; parameters: Parameters }

export async function findTemplateOf(
  db: Db,
  seal: Seal,
  id: EndpointId,
): Promise<ChosenTemplate | null> {
  const row = await findShape(db, id)
  return row === undefined ? null : templateOf(seal, id, row)
}

/** Null takes it away. The next attempt uses it. */
export async function setTemplate(
  db: Db,
  seal: Seal,
  id: EndpointId,
  chosen: ChosenTemplate | null,
): Promise<void> {
  await changeEndpoint(db, id, (tx) =>
    putShape(tx, id, {
      template: chosen?.name ?? null,
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
  const rows = await db
    .selectFrom('endpoint_shape')
    .leftJoin('transformation_version as v', (join) =>
      join
        .onRef('v.endpoint_id', '=', 'endpoint_shape.endpoint_id')
        .onRef('v.version', '=', 'endpoint_shape.version'),
    )
    .selectAll('endpoint_shape')
    .select('v.code')
    .where('endpoint_shape.endpoint_id', 'in', ids.map(toUuid))
    .execute()
  const byUuid = new Map(rows.map((row) => [row.endpoint_id, row]))
  return new Map(
    ids.flatMap((id) => {
      const row = byUuid.get(toUuid(id))
      return row === undefined ? [] : [[id, () => shapeOf(seal, id, row)]]
    }),
  )
}

/** Code that is on comes before a template. */
function shapeOf(seal: Seal, id: EndpointId, row: Row & { code: string | null }) {
  if (row.enabled && row.code !== null) {
    const variables = openVariables(seal, id, row.variables)
    return { kind: 'code', key: `${id}/${row.version}`, code: row.code, variables } as const
  }
  const template = templateOf(seal, id, row)
  return template && ({ kind: 'template', ...template } as const)
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

const templateOf = (seal: Seal, id: EndpointId, { template, parameters }: Row) =>
  template === null || parameters === null
    ? null
    : {
        name: template,
        parameters: JSON.parse(seal.open(parameters, `endpoint.parameters/${id}`)) as Parameters,
      }

import type { EndpointFilter } from '../domain/endpoint.ts'
import { notFound } from '../domain/errors.ts'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { changeEndpoint, type StoredFilter, toFilterRow } from './endpoints.ts'
import { listSegmentsOf, toEndpointFilter } from './segments.ts'

/** As its owner wrote it; null when the endpoint has none. */
export async function getFilter(db: Db, id: EndpointId): Promise<object | null> {
  const row = await db
    .selectFrom('endpoint')
    .select('filter')
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return row.filter
}

/** Ready to be asked; null when the endpoint has none. */
export async function getEndpointFilter(db: Db, id: EndpointId): Promise<EndpointFilter | null> {
  const row = await db
    .selectFrom('endpoint')
    .innerJoin('application', 'application.id', 'endpoint.application_id')
    .select(['endpoint.id', 'application_id', 'environment_id'])
    .select(['filter', 'filter_segments', 'application.metadata'])
    .where('endpoint.id', '=', toUuid(id))
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toEndpointFilter(row, await listSegmentsOf(db, [row]))
}

/** Null takes it away. Counts for every delivery whose first attempt is still to come. */
export async function setFilter(
  db: Db,
  id: EndpointId,
  filter: StoredFilter,
): Promise<{ before: object | null }> {
  return changeEndpoint(db, id, async (tx, row) => {
    await tx.updateTable('endpoint').set(toFilterRow(filter)).where('id', '=', toUuid(id)).execute()
    return { before: row.filter }
  })
}

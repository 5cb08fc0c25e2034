import { type Selectable, sql } from 'kysely'
import type { EndpointTarget } from '../domain/endpoint.ts'
import { type EndpointId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { listSecretsOf, type StoredSecret } from './endpoint-secrets.ts'
import { openAuth, openCredentials, openHeaders } from './endpoints.ts'
import type { Seal } from './sealed.ts'
import { listSegmentsOf, toEndpointFilter } from './segments.ts'
import { listShapesOf } from './shapes.ts'
import type { Tables } from './tables.ts'
import { listTransportsOf } from './transports.ts'

/**
 * All that sending to these endpoints needs, as it is now. One that never existed is missing; one whose
 * secrets were sealed under another key has the error in its place, so that it harms no other.
 */
export async function findTargets(
  db: Db,
  seal: Seal,
  ids: EndpointId[],
): Promise<Map<EndpointId, EndpointTarget | Error>> {
  const rows = await db
    .selectFrom('endpoint')
    .innerJoin('application', 'application.id', 'endpoint.application_id')
    .select(['endpoint.id', 'endpoint.application_id', 'application.environment_id'])
    .select(['endpoint.url', 'endpoint.credentials', 'endpoint.headers', 'endpoint.disabled'])
    .select(['endpoint.revision', 'endpoint.retry_schedule', 'endpoint.auth', 'endpoint.gzip'])
    .select(['endpoint.filter', 'endpoint.filter_segments', 'application.metadata'])
    .select(
      sql<boolean>`endpoint.deleted_at is not null or application.deleted_at is not null`.as(
        'deleted',
      ),
    )
    .where(sql<boolean>`endpoint.id = any (${ids.map(toUuid)}::uuid[])`)
    .execute()
  const secrets = await listSecretsOf(db, ids)
  const segments = await listSegmentsOf(db, rows)
  const shapes = await listShapesOf(db, seal, ids)
  const transports = await listTransportsOf(db, seal, ids)
  return new Map(
    rows.map((row) => {
      const id = toId('endpoint', row.id)
      return [
        id,
        orError(() => ({
          ...toTarget(seal, row, secrets.get(row.id) ?? []),
          filter: toEndpointFilter(row, segments),
          shape: shapes.get(id)?.() ?? null,
          transport: transports.get(id)?.() ?? null,
        })),
      ]
    }),
  )
}

type Row = Pick<
  Selectable<Tables['endpoint']>,
  | 'id'
  | 'application_id'
  | 'url'
  | 'credentials'
  | 'headers'
  | 'disabled'
  | 'revision'
  | 'retry_schedule'
  | 'auth'
  | 'gzip'
> & { environment_id: string; deleted: boolean }

function toTarget(
  seal: Seal,
  row: Row,
  secrets: StoredSecret[],
): Omit<EndpointTarget, 'filter' | 'shape' | 'transport'> {
  const id = toId('endpoint', row.id)
  return {
    id,
    revision: row.revision,
    applicationId: toId('application', row.application_id),
    environmentId: toId('environment', row.environment_id),
    url: row.url,
    credentials: openCredentials(seal, id, row.credentials),
    disabled: row.disabled,
    deleted: row.deleted,
    retrySchedule: row.retry_schedule,
    headers: openHeaders(seal, id, row.headers),
    auth: openAuth(seal, id, row.auth),
    gzip: row.gzip,
    secrets: row.deleted ? [] : secrets.map((secret) => secret.open(seal)),
  }
}

function orError<Value>(make: () => Value): Value | Error {
  try {
    return make()
  } catch (error) {
    return error as Error
  }
}

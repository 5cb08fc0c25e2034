import { sql } from 'kysely'
import type { EndpointTarget } from '../domain/endpoint.ts'
import { type EndpointId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { listSecrets } from './endpoint-secrets.ts'
import { openCredentials, openHeaders } from './endpoints.ts'
import type { Seal } from './sealed.ts'

/** All that sending to an endpoint needs, as it is now; null when there never was such an endpoint. */
export async function findTarget(
  db: Db,
  seal: Seal,
  id: EndpointId,
): Promise<EndpointTarget | null> {
  const row = await db
    .selectFrom('endpoint')
    .innerJoin('application', 'application.id', 'endpoint.application_id')
    .select(['endpoint.application_id', 'application.environment_id', 'endpoint.revision'])
    .select(['endpoint.url', 'endpoint.credentials', 'endpoint.headers', 'endpoint.disabled'])
    .select('endpoint.retry_schedule')
    .select(
      sql<boolean>`endpoint.deleted_at is not null or application.deleted_at is not null`.as(
        'deleted',
      ),
    )
    .where('endpoint.id', '=', toUuid(id))
    .executeTakeFirst()
  if (row === undefined) return null
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
    secrets: row.deleted ? [] : await listSecrets(db, seal, id),
  }
}

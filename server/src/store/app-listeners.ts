// Bins that get the deliveries of an application, by an endpoint of their own: it goes with the bin,
// whoever ends that: its listener, who said so, or nobody, because the listener was killed.
import { sql } from 'kysely'
import { type BinId, type EndpointId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { deleteGoneEndpoint } from './gone-endpoints.ts'

export async function joinToEndpoint(db: Db, bin: BinId, endpoint: EndpointId): Promise<void> {
  await sql`
    update bin set listens_to = ${toUuid(endpoint)} where id = ${toUuid(bin)}`.execute(db)
}

/** Whose endpoint it is; null when it is deleted already. */
export async function findEndpointOwner(db: Db, id: EndpointId) {
  const row = await db
    .selectFrom('endpoint')
    .innerJoin('application', 'application.id', 'application_id')
    .select(['application.id', 'application.uid', 'environment_id'])
    .where('endpoint.id', '=', toUuid(id))
    .where('endpoint.deleted_at', 'is', null)
    .where((eb) => eb.not('operational'))
    .executeTakeFirst()
  if (row === undefined) return null
  const { uid } = row
  return {
    uid,
    id: toId('application', row.id),
    environmentId: toId('environment', row.environment_id),
  }
}

/** Those that nobody has listened to for a while. Two nodes at once do no harm. */
export async function deleteEndedListeners(db: Db): Promise<void> {
  const { rows } = await sql<{ id: string; listens_to: string }>`
    select id, listens_to from bin
     where listens_to is not null and expires_at < now()
     order by id limit 100`.execute(db)
  for (const { id, listens_to } of rows) {
    await deleteGoneEndpoint(db, toId('endpoint', listens_to))
    await sql`delete from bin where id = ${id}::uuid and expires_at < now()`.execute(db)
  }
}

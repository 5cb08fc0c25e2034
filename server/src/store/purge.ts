import { sql } from 'kysely'
import { type ApplicationId, lowestUuid, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

const NIL = '00000000-0000-0000-0000-000000000000'

type Part = { after: string | null; until: Date; size: number }

/** Erases the payloads of the next `size` messages. `next` is null after the last one. */
export async function purgePayloads(
  tx: Db,
  applicationId: ApplicationId,
  { after, until, size }: Part,
): Promise<{ purged: number; next: string | null }> {
  const { rows } = await sql<{ purged: number; next: string | null }>`
    with scanned as materialized (
      select id from message
       where application_id = ${toUuid(applicationId)}
         and id > ${after ?? NIL}::uuid and id < ${lowestUuid(until)}::uuid
       order by id limit ${size}
    ), purged as (
      update message set payload = null, schema_error = null, transformations_params = null
       where id in (select id from scanned) and payload is not null
      returning 1
    )
    select (select count(*)::int from purged) as purged,
           case when (select count(*) from scanned) >= ${size}
                then (select max(id::text) from scanned) end as next`.execute(tx)
  return rows[0]!
}

// What a source accepted since, for those who watch it. Ids are made before their commit, so one may
// appear a moment after a later one: who watches looks back that far, and says what it has already.
import { sql } from 'kysely'
import { type InboundRequestId, lowestUuid, type SourceId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

type Wanted = { since: Date; seen: InboundRequestId[]; eventTypes: string[] | null; limit: number }

/** The oldest first. */
export async function listNewInboundRequests(
  db: Db,
  sourceId: SourceId,
  { since, seen, eventTypes, limit }: Wanted,
): Promise<InboundRequestId[]> {
  const { rows } = await sql<{ id: string }>`
    select id from inbound_request
     where source_id = ${toUuid(sourceId)} and id >= ${lowestUuid(since)}::uuid
       and id <> all (${seen.map(toUuid)}::uuid[])
       and (${eventTypes}::text[] is null or event_type = any (${eventTypes}))
     order by id
     limit ${limit}`.execute(db)
  return rows.map(({ id }) => toId('inboundRequest', id))
}

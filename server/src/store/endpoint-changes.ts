import { sql } from 'kysely'
import { type EndpointId, toId } from '../domain/ids.ts'
import type { Db } from './connect.ts'

/** A change is dated by the start of its transaction and seen at its end: look back further than one lasts. */
const OVERLAP_SECONDS = 20

type Changed = { now: Date; endpoints: { id: EndpointId; revision: number }[] }

/** Endpoints changed or deleted since the `now` of the last look, some of them for the second time. */
export async function listChangedEndpoints(db: Db, since: Date | null): Promise<Changed> {
  const { rows } = await sql<{ now: Date; id: string | null; revision: number }>`
    select now() as now, e.id, e.revision
      from (select) as always
      left join endpoint e
        on e.updated_at > coalesce(${since}::timestamptz, now()) - ${OVERLAP_SECONDS} * interval '1 s'`.execute(
    db,
  )
  const endpoints = rows.flatMap(({ id, revision }) =>
    id === null ? [] : [{ id: toId('endpoint', id), revision }],
  )
  return { now: rows[0]!.now, endpoints }
}

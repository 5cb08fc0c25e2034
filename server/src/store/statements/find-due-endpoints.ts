import { type EndpointId, toId } from '../../domain/ids.ts'
import type { Pool } from '../connect.ts'
import { MAX_STEPS, NIL, WALK_ENDPOINTS } from './endpoint-walk.ts'

const FIND = `
  with recursive ${WALK_ENDPOINTS}, due as (
    select endpoint_id from walk where due_at <= now()
     union
    select endpoint_id from line where leased_by is null and due_at <= now() and placed_at <= now()
  )
  select array (select endpoint_id from due) as endpoints,
         (select count(*)::int from walk) + (select count(*)::int from line) as steps,
         least((select max(endpoint_id::text) from walk having count(*) >= $2),
               (select max(endpoint_id::text) from line having count(*) >= $2)) as cursor`

/** Endpoints with something free and due, without taking any of it; `cursor` as of a claim. */
export async function findDueEndpoints(
  pool: Pool,
  after: string | null,
): Promise<{ endpointIds: EndpointId[]; steps: number; cursor: string | null }> {
  const { rows } = await pool.query<{ endpoints: string[]; steps: number; cursor: string | null }>({
    name: 'find_due_endpoints',
    text: FIND,
    values: [after ?? NIL, MAX_STEPS],
  })
  const { endpoints, steps, cursor } = rows[0]!
  return { endpointIds: endpoints.map((uuid) => toId('endpoint', uuid)), steps, cursor }
}

// Leases belong to nodes: a node holds what it was given for as long as its heartbeats arrive. All
// times are the database's, so no node's clock matters.
import { newUuid } from '../domain/ids.ts'
import type { Pool } from './connect.ts'

/** Makes this process a node that may hold leases. */
export async function registerNode(pool: Pool, name: string): Promise<string> {
  const id = newUuid()
  await pool.query('insert into node (id, name) values ($1, $2)', [id, name])
  return id
}

/** The database's time, in milliseconds; null when others have declared this node dead: it holds nothing any more. */
export async function recordHeartbeat(pool: Pool, nodeId: string): Promise<number | null> {
  const { rows } = await pool.query<{ now_ms: number }>({
    name: 'record_heartbeat',
    text: `update node set heartbeat_at = now() where id = $1
           returning (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`,
    values: [nodeId],
  })
  return rows[0]?.now_ms ?? null
}

/** Whether any node was silent for so long. Cheap, unlike freeing: that looks at all that is unfinished. */
export async function hasDeadNodes(
  pool: Pool,
  { silentMs, except }: { silentMs: number; except: string },
): Promise<boolean> {
  const { rows } = await pool.query<{ dead: boolean }>(
    `select exists (select from node
                     where heartbeat_at < now() - $1 * interval '1 ms' and id <> $2) as dead`,
    [silentMs, except],
  )
  return rows[0]!.dead
}

/**
 * Declares nodes dead that were silent for `silentMs`, and frees what they held: it is due at once.
 * Removing the node and freeing its work is one statement, so a node that comes back finds itself gone.
 */
export async function freeDeadNodes(
  pool: Pool,
  { silentMs, except }: { silentMs: number; except: string },
): Promise<{ nodes: number; freed: number }> {
  const { rows } = await pool.query<{ nodes: number; freed: number }>(
    `with dead as (
       delete from node where heartbeat_at < now() - $1 * interval '1 ms' and id <> $2 returning id
     ), orphaned as (
       -- A statement of the dead node may commit after it was removed: what it leased is freed too.
       select distinct leased_by as id from pending_delivery p
        where leased_by is not null and not exists (select from node where id = p.leased_by)
     ), freed as (
       update pending_delivery set leased_by = null, due_at = now()
        where leased_by in (select id from dead union all select id from orphaned)
       returning 1
     )
     select (select count(*)::int from dead) as nodes, (select count(*)::int from freed) as freed`,
    [silentMs, except],
  )
  return rows[0]!
}

/** Frees everything `nodeId` still holds and removes the node: the last act of a shutdown. */
export async function releaseNode(pool: Pool, nodeId: string): Promise<number> {
  const { rows } = await pool.query<{ freed: number }>(
    `with gone as (delete from node where id = $1),
     freed as (
       update pending_delivery set leased_by = null, due_at = now() where leased_by = $1 returning 1
     )
     select count(*)::int as freed from freed`,
    [nodeId],
  )
  return rows[0]!.freed
}

// Of webhooks that came before. A key stands for a source, an event type and an id, or for the bytes of
// a body; whoever writes its row first is the first. Written in the transaction of what it guards.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type InboundRequestId, type SourceId, toId, toUuid } from '../domain/ids.ts'
import type { Db, Pool } from './connect.ts'
import { uuids } from './statements/array-parameter.ts'

/** Everything that makes two requests one, as a uuid. */
export function keyOf(...parts: string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  const hex = hash.digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** Who holds these keys now, by source and key. */
export async function findHolders(
  pool: Pool,
  keys: { sourceId: SourceId; key: string }[],
): Promise<(sourceId: SourceId, key: string) => InboundRequestId | null> {
  const { rows } = await pool.query<{ source_id: string; key: string; request_id: string }>({
    name: 'find_inbound_keys',
    text: `
      select k.source_id, k.key, k.request_id
        from unnest($1::uuid[], $2::uuid[]) as wanted (source_id, key)
        join inbound_key k using (source_id, key)`,
    values: [
      uuids(keys.map(({ sourceId }) => toUuid(sourceId))),
      uuids(keys.map(({ key }) => key)),
    ],
  })
  const holders = new Map(rows.map((row) => [`${row.source_id} ${row.key}`, row.request_id]))
  return (sourceId, key) => {
    const holder = holders.get(`${toUuid(sourceId)} ${key}`)
    return holder === undefined ? null : toId('inboundRequest', holder)
  }
}

/** What these requests claimed is free again. */
export async function releaseKeys(pool: Pool, ids: InboundRequestId[]): Promise<void> {
  if (ids.length === 0) return
  await pool.query('delete from inbound_key where request_id = any ($1::uuid[])', [
    uuids(ids.map(toUuid)),
  ])
}

const CHUNK = 10_000

/** In chunks, oldest first along the index. */
export async function deleteOldKeys(db: Db): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from inbound_key
       where (source_id, key) in (select source_id, key from inbound_key
                                   where keep_until < now()
                                   order by keep_until limit ${CHUNK} for update skip locked)`.execute(
      db,
    )
    if ((numAffectedRows ?? 0n) < BigInt(CHUNK)) return
  }
}

// Of webhooks that came before. A key stands for a source, an event type and an id, or for the bytes of
// a body; whoever writes its row first is the first. Written in the transaction of what it guards.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type InboundRequestId, type SourceId, toId, toUuid } from '../domain/ids.ts'
import type { Db, PoolClient } from './connect.ts'
import { numbers, uuids } from './statements/array-parameter.ts'

/** Everything that makes two requests one, as a uuid. */
export function keyOf(...parts: string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  const hex = hash.digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

export type NewKey = {
  sourceId: SourceId
  key: string
  requestId: InboundRequestId
  keepSeconds: number
}

// Locked in one order everywhere: two batches with the same keys would deadlock. One that is past its
// time is taken over. A key that another transaction is about to write is waited for.
const CLAIM = `
  insert into inbound_key (source_id, key, request_id, keep_until)
  select source_id, key, request_id, now() + seconds * interval '1 second'
    from (select distinct on (source_id, key) *
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[])
              as k (source_id, key, request_id, seconds)
           order by source_id, key, request_id) k
   order by source_id, key
      on conflict (source_id, key) do update
     set request_id = excluded.request_id, keep_until = excluded.keep_until
   where inbound_key.keep_until < now()`

const HOLDERS = `
  select k.source_id, k.key, k.request_id
    from unnest($1::uuid[], $2::uuid[]) as wanted (source_id, key)
    join inbound_key k using (source_id, key)`

function unclaimed(): never {
  throw new Error('a key that nobody claimed')
}

export type Holders = { of(sourceId: SourceId, key: string): InboundRequestId }

/** Says who holds each of the keys now: the request itself, or the one that came before it. */
export async function claimKeys(client: PoolClient, keys: NewKey[]): Promise<Holders> {
  if (keys.length === 0) return { of: unclaimed }
  const sources = uuids(keys.map(({ sourceId }) => toUuid(sourceId)))
  const names = uuids(keys.map(({ key }) => key))
  await client.query({
    name: 'claim_inbound_keys',
    text: CLAIM,
    values: [
      sources,
      names,
      uuids(keys.map(({ requestId }) => toUuid(requestId))),
      numbers(keys.map(({ keepSeconds }) => keepSeconds)),
    ],
  })
  const { rows } = await client.query<{ source_id: string; key: string; request_id: string }>({
    name: 'find_inbound_keys',
    text: HOLDERS,
    values: [sources, names],
  })
  const holders = new Map(
    rows.map((row) => [`${row.source_id} ${row.key}`, toId('inboundRequest', row.request_id)]),
  )
  return { of: (sourceId, key) => holders.get(`${toUuid(sourceId)} ${key}`)! }
}

/** What these requests claimed is free again. */
export async function releaseKeys(client: PoolClient, ids: InboundRequestId[]): Promise<void> {
  if (ids.length === 0) return
  await client.query('delete from inbound_key where request_id = any ($1::uuid[])', [
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

// Links to look at a bin. Only the hash of a link's token is kept: it is shown once.
import { type Selectable, sql } from 'kysely'
import { type Bin, type BinShare, MAX_SHARES } from '../domain/bin.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { type BinId, newId, parseId, toId, toUuid } from '../domain/ids.ts'
import { findBinById } from './bins.ts'
import type { Db } from './connect.ts'
import type { Tables } from './tables.ts'
import { hashOf, randomToken } from './tokens.ts'

type ShareFields = Pick<BinShare, 'captureId' | 'hidesBodies' | 'expiresAt'>

/** In a transaction that holds the bin's row. Throws limit_reached with too many that are not over. */
export async function insertShare(
  tx: Db,
  binId: BinId,
  { captureId, hidesBodies, expiresAt }: ShareFields,
): Promise<{ share: BinShare; token: string }> {
  await sql`select 1 from bin where id = ${toUuid(binId)} for update`.execute(tx)
  await sql`delete from bin_share where bin_id = ${toUuid(binId)} and expires_at < now()`.execute(
    tx,
  )
  const shares = await listShares(tx, binId)
  if (shares.length >= MAX_SHARES) {
    throw new AppError('limit_reached', `A bin has ${MAX_SHARES} links at most: revoke one`)
  }
  const token = randomToken('bwv_')
  const row = await tx
    .insertInto('bin_share')
    .values({
      id: toUuid(newId('binShare')),
      bin_id: toUuid(binId),
      capture_id: captureId && toUuid(captureId),
      token_hash: hashOf(token),
      hide_bodies: hidesBodies,
      expires_at: expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { share: toShare(row), token }
}

/** Those that are not over, newest first. */
export async function listShares(db: Db, binId: BinId): Promise<BinShare[]> {
  const rows = await db
    .selectFrom('bin_share')
    .selectAll()
    .where('bin_id', '=', toUuid(binId))
    .where('expires_at', '>', sql<Date>`now()`)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toShare)
}

/** Whoever has the link is refused from then on. Throws not_found. */
export async function deleteShare(db: Db, binId: BinId, name: string): Promise<BinShare> {
  const id = parseId('binShare', name)
  if (id === null) throw notFound()
  const row = await db
    .deleteFrom('bin_share')
    .where('bin_id', '=', toUuid(binId))
    .where('id', '=', toUuid(id))
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toShare(row)
}

export type Shared = { share: BinShare; bin: Bin }

/** Null when the link, or its bin, is over or never was. */
export async function findShared(db: Db, token: string): Promise<Shared | null> {
  const row = await db
    .selectFrom('bin_share')
    .selectAll()
    .where('token_hash', '=', hashOf(token))
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  if (row === undefined) return null
  const share = toShare(row)
  const bin = await findBinById(db, share.binId)
  return bin === null || bin.expiresAt <= new Date() ? null : { share, bin }
}

const toShare = (row: Selectable<Tables['bin_share']>): BinShare => ({
  id: toId('binShare', row.id),
  binId: toId('bin', row.bin_id),
  captureId: row.capture_id === null ? null : toId('capture', row.capture_id),
  hidesBodies: row.hide_bodies,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

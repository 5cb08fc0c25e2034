// What a provider signs with. Several count at once, so that one can take the place of another; each
// may have an end. Sealed, and never shown whole again.
import { type Selectable, sql } from 'kysely'
import { AppError, notFound } from '../domain/errors.ts'
import {
  newUuid,
  parseId,
  type SourceId,
  type SourceSecretId,
  toId,
  toUuid,
} from '../domain/ids.ts'
import { hintOf, MAX_SOURCE_SECRETS, type ShownSecret } from '../domain/source.ts'
import type { Db } from './connect.ts'
import type { Seal } from './sealed.ts'
import type { Tables } from './tables.ts'
import { inTransaction } from './transaction.ts'

export type NewSecret = { value: string; expiresAt: Date | null; captured?: boolean }

/** Throws limit_reached when as many count already. */
export async function insertSourceSecret(
  tx: Db,
  seal: Seal,
  sourceId: SourceId,
  { value, expiresAt, captured = false }: NewSecret,
): Promise<ShownSecret> {
  // Two at the same time come one after the other.
  await holdSource(tx, sourceId)
  // An ended one is erased, not only ignored.
  await tx
    .deleteFrom('source_secret')
    .where('source_id', '=', toUuid(sourceId))
    .where('expires_at', '<=', sql<Date>`now()`)
    .execute()
  if ((await listSourceSecrets(tx, sourceId)).length >= MAX_SOURCE_SECRETS) {
    throw new AppError(
      'limit_reached',
      `A source has ${MAX_SOURCE_SECRETS} secrets at most: delete one that is not used any more`,
    )
  }
  const id = newUuid()
  const row = await tx
    .insertInto('source_secret')
    .values({
      id,
      source_id: toUuid(sourceId),
      sealed: seal.seal(value, placeOf(id, sourceId)),
      hint: hintOf(value),
      captured,
      expires_at: expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toShownSecret(row)
}

/** In the order in which they were added; ended ones are left out. */
export async function listSourceSecrets(db: Db, sourceId: SourceId): Promise<ShownSecret[]> {
  return (await rowsOf(db, sourceId)).map(toShownSecret)
}

/** Of many sources, by their ids. */
export async function listSecretsOfSources(db: Db, ids: SourceId[]) {
  if (ids.length === 0) return new Map<SourceId, ShownSecret[]>()
  const rows = await counting(db)
    .where('source_id', 'in', ids.map(toUuid))
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  const secrets = Map.groupBy(rows, (row) => toId('source', row.source_id))
  return new Map([...secrets].map(([id, rows]) => [id, rows.map(toShownSecret)]))
}

export type ActiveSecret = { id: SourceSecretId; value: string; expiresAt: Date | null }

/** For verifying. */
export async function openSourceSecrets(
  db: Db,
  seal: Seal,
  sourceId: SourceId,
): Promise<ActiveSecret[]> {
  return (await rowsOf(db, sourceId)).map(({ id, sealed, expires_at }) => ({
    id: toId('sourceSecret', id),
    value: seal.open(sealed, placeOf(id, sourceId)),
    expiresAt: expires_at,
  }))
}

/** Throws not_found. */
export async function updateSourceSecret(
  db: Db,
  sourceId: SourceId,
  { name, expiresAt }: { name: string; expiresAt: Date | null },
): Promise<ShownSecret> {
  const row = await db
    .updateTable('source_secret')
    .set({ expires_at: expiresAt })
    .where('source_id', '=', toUuid(sourceId))
    .where('id', '=', uuidOf(name))
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toShownSecret(row)
}

/** Throws not_found. */
export async function deleteSourceSecret(
  db: Db,
  sourceId: SourceId,
  name: string,
): Promise<ShownSecret> {
  const row = await db
    .deleteFrom('source_secret')
    .where('source_id', '=', toUuid(sourceId))
    .where('id', '=', uuidOf(name))
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toShownSecret(row)
}

const counting = (db: Db) =>
  db
    .selectFrom('source_secret')
    .selectAll()
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))

const rowsOf = (db: Db, sourceId: SourceId) =>
  counting(db)
    .where('source_id', '=', toUuid(sourceId))
    .orderBy('created_at')
    .orderBy('id')
    .execute()

function uuidOf(name: string): string {
  const id = parseId('sourceSecret', name)
  if (id === null) throw notFound()
  return toUuid(id)
}

const placeOf = (id: string, sourceId: SourceId) => `source_secret.sealed/${id}/${sourceId}`

const toShownSecret = (row: Selectable<Tables['source_secret']>): ShownSecret => ({
  id: toId('sourceSecret', row.id),
  hint: row.hint,
  captured: row.captured,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

/** What a handshake brought, where there is no secret yet; false when there is one by now. */
export async function captureSecret(
  db: Db,
  seal: Seal,
  sourceId: SourceId,
  value: string,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await holdSource(tx, sourceId)
    if ((await rowsOf(tx, sourceId)).length > 0) return false
    await insertSourceSecret(tx, seal, sourceId, { value, expiresAt: null, captured: true })
    return true
  })
}

/** Until the end of the transaction: who counts its secrets counts alone. */
const holdSource = (tx: Db, sourceId: SourceId) =>
  tx.selectFrom('source').select('id').where('id', '=', toUuid(sourceId)).forUpdate().execute()

// API keys are random enough to need no slow hash; only their SHA-256 is kept.
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { notFound } from '../domain/errors.ts'
import { type ApiKeyId, type EnvironmentId, newId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

export type ApiKey = {
  id: ApiKeyId
  environmentId: EnvironmentId
  name: string
  /** The last four characters, so that people can tell keys apart. */
  hint: string
  createdAt: Date
  expiresAt: Date | null
  revokedAt: Date | null
}

/** Makes a key and returns it with its token, which can never be read again. */
export async function createApiKey(
  db: Db,
  environmentId: EnvironmentId,
  {
    name,
    token = newToken(),
    expiresAt = null,
  }: { name: string; token?: string; expiresAt?: Date | null },
): Promise<{ key: ApiKey; token: string }> {
  const row = await db
    .insertInto('api_key')
    .values({
      id: toUuid(newId('apiKey')),
      environment_id: toUuid(environmentId),
      name,
      hash: hashOf(token),
      hint: token.slice(-4),
      expires_at: expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { key: toApiKey(row), token }
}

/** The live key with this token, or null: unknown, revoked and expired look the same. */
export async function findApiKey(db: Db, token: string): Promise<ApiKey | null> {
  const row = await db
    .selectFrom('api_key')
    .selectAll()
    .where('hash', '=', hashOf(token))
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirst()
  return row === undefined ? null : toApiKey(row)
}

/** Whether the environment has any key, revoked ones included: only a fresh one has none. */
export async function hasApiKeys(db: Db, environmentId: EnvironmentId): Promise<boolean> {
  const row = await db
    .selectFrom('api_key')
    .select('id')
    .where('environment_id', '=', toUuid(environmentId))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Makes `token` a key of the environment unless it is one, or was one that has been revoked. */
export async function ensureApiKey(
  db: Db,
  environmentId: EnvironmentId,
  name: string,
  token: string,
) {
  await db
    .insertInto('api_key')
    .values({
      id: toUuid(newId('apiKey')),
      environment_id: toUuid(environmentId),
      name,
      hash: hashOf(token),
      hint: token.slice(-4),
    })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute()
}

export async function listApiKeys(db: Db, environmentId: EnvironmentId): Promise<ApiKey[]> {
  const rows = await db
    .selectFrom('api_key')
    .selectAll()
    .where('environment_id', '=', toUuid(environmentId))
    .orderBy('id')
    .execute()
  return rows.map(toApiKey)
}

/** Throws not_found for an unknown key; revoking twice keeps the first date. */
export async function revokeApiKey(
  db: Db,
  environmentId: EnvironmentId,
  id: ApiKeyId,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('api_key')
    .set((eb) => ({ revoked_at: eb.fn.coalesce('revoked_at', eb.fn<Date>('now')) }))
    .where('environment_id', '=', toUuid(environmentId))
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw notFound(`No API key ${id}`)
}

/** A recognisable prefix, so that scanners find leaked keys, and 256 random bits. */
export function newToken(): string {
  return `bwk_${randomBytes(32).toString('base64url')}`
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

type Row = {
  id: string
  environment_id: string
  name: string
  hint: string
  created_at: Date
  expires_at: Date | null
  revoked_at: Date | null
}

const toApiKey = (row: Row): ApiKey => ({
  id: toId('apiKey', row.id),
  environmentId: toId('environment', row.environment_id),
  name: row.name,
  hint: row.hint,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
})

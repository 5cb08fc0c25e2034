import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Scope } from '../domain/access.ts'
import { notFound } from '../domain/errors.ts'
import { type ApiKeyId, type EnvironmentId, newId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'
import { hashOf, randomToken } from './tokens.ts'
import { inTransaction } from './transaction.ts'

export type ApiKey = {
  id: ApiKeyId
  environmentId: EnvironmentId
  name: string
  /** The last four characters, so that people can tell keys apart. */
  hint: string
  scope: Scope
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
    scope = 'full',
    expiresAt = null,
  }: { name: string; scope?: Scope; expiresAt?: Date | null },
): Promise<{ key: ApiKey; token: string }> {
  const token = newToken()
  const row = await db
    .insertInto('api_key')
    .values({
      id: toUuid(newId('apiKey')),
      environment_id: toUuid(environmentId),
      name,
      hash: hashOf(token),
      hint: token.slice(-4),
      scope,
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

/** Makes `token` a key of the environment, or returns null: it is one, or was one that has been revoked. */
export async function ensureApiKey(
  db: Db,
  environmentId: EnvironmentId,
  { name, token }: { name: string; token: string },
): Promise<ApiKey | null> {
  const row = await db
    .insertInto('api_key')
    .values({
      id: toUuid(newId('apiKey')),
      environment_id: toUuid(environmentId),
      name,
      hash: hashOf(token),
      hint: token.slice(-4),
      scope: 'full',
    })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : toApiKey(row)
}

export async function listApiKeys(
  db: Db,
  environmentId: EnvironmentId,
  page: PageRequest,
): Promise<Page<ApiKey>> {
  const rows = await db
    .selectFrom('api_key')
    .selectAll()
    .where('environment_id', '=', toUuid(environmentId))
    .where(beyondCursor(page, 'id', 'uuid'))
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toApiKey), page)
}

/** Throws not_found; revoked and expired ones are found. */
export async function getApiKey(db: Db, environmentId: EnvironmentId, id: ApiKeyId) {
  const row = await db
    .selectFrom('api_key')
    .selectAll()
    .where('environment_id', '=', toUuid(environmentId))
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toApiKey(row)
}

type ApiKeyChange = { before: ApiKey; after: ApiKey }

/** Changes what is named and keeps the rest. Throws not_found. */
export function updateApiKey(
  db: Db,
  named: Pick<ApiKey, 'environmentId' | 'id'>,
  fields: { name?: string; scope?: Scope },
): Promise<ApiKeyChange> {
  return changeApiKey(db, named, fields)
}

/** The key lives no longer than that. Throws not_found. */
export function expireApiKey(
  db: Db,
  named: Pick<ApiKey, 'environmentId' | 'id'>,
  { seconds }: { seconds: number },
): Promise<ApiKeyChange> {
  // `least` passes over null.
  const expires_at = sql<Date>`least(expires_at, now() + make_interval(secs => ${seconds}))`
  return changeApiKey(db, named, { expires_at })
}

async function changeApiKey(
  db: Db,
  { environmentId, id }: Pick<ApiKey, 'environmentId' | 'id'>,
  fields: { name?: string; scope?: Scope; expires_at?: RawBuilder<Date> },
): Promise<ApiKeyChange> {
  return inTransaction(db, async (tx) => {
    const before = await tx
      .selectFrom('api_key')
      .selectAll()
      .where('environment_id', '=', toUuid(environmentId))
      .where('id', '=', toUuid(id))
      .forUpdate()
      .executeTakeFirst()
    if (before === undefined) throw notFound()
    const after = await tx
      .updateTable('api_key')
      .set((eb) => ({ name: eb.ref('name'), ...fields }))
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return { before: toApiKey(before), after: toApiKey(after) }
  })
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

export const newToken = () => randomToken('bwk_')

const toApiKey = (row: Selectable<Tables['api_key']>): ApiKey => ({
  id: toId('apiKey', row.id),
  environmentId: toId('environment', row.environment_id),
  name: row.name,
  hint: row.hint,
  scope: row.scope,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
})

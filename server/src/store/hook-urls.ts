// URLs by which an integration platform subscribes for one application: what is in the path is a token,
// and who has it can do nothing but that.
import { type Selectable, sql } from 'kysely'
import type { Caller } from '../domain/access.ts'
import type { Application } from '../domain/application.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { type ApplicationId, type HookUrlId, newId, parseId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'
import { hashOf, randomToken } from './tokens.ts'

const PREFIX = 'bwh_'
export const isHookToken = (token: string) => token.startsWith(PREFIX)

const MAX_HOOK_URLS = 1_000

export type HookUrl = {
  id: HookUrlId
  description: string
  featureFlags: string[]
  createdAt: Date
}

/** Returns the token as well, which can never be read again. Throws limit_reached with too many. */
export async function insertHookUrl(
  db: Db,
  { id: applicationId }: Pick<Application, 'id'>,
  { description, featureFlags }: Pick<HookUrl, 'description' | 'featureFlags'>,
): Promise<{ hookUrl: HookUrl; token: string }> {
  const { count } = await db
    .selectFrom('hook_url')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('application_id', '=', toUuid(applicationId))
    .executeTakeFirstOrThrow()
  if (count >= MAX_HOOK_URLS) {
    throw new AppError('limit_reached', `An application has ${MAX_HOOK_URLS} hook URLs at most`)
  }
  const token = randomToken(PREFIX)
  const row = await db
    .insertInto('hook_url')
    .values({
      id: toUuid(newId('hookUrl')),
      application_id: toUuid(applicationId),
      hash: hashOf(token),
      description,
      feature_flags: featureFlags,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { hookUrl: toHookUrl(row), token }
}

export async function listHookUrls(
  db: Db,
  applicationId: ApplicationId,
  page: PageRequest,
): Promise<Page<HookUrl>> {
  const rows = await db
    .selectFrom('hook_url')
    .selectAll()
    .where('application_id', '=', toUuid(applicationId))
    .where(beyondCursor(page, 'id', 'uuid'))
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toHookUrl), page)
}

/** Throws not_found, also for one of another application. */
export async function deleteHookUrl(db: Db, applicationId: ApplicationId, text: string) {
  const id = parseId('hookUrl', text)
  const row =
    id === null
      ? undefined
      : await db
          .deleteFrom('hook_url')
          .where('application_id', '=', toUuid(applicationId))
          .where('id', '=', toUuid(id))
          .returningAll()
          .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toHookUrl(row)
}

/** Null for an unknown or revoked one, and when its application is gone: all look the same. */
export async function findHookToken(
  db: Db,
  token: string,
): Promise<Extract<Caller, { kind: 'hooks' }> | null> {
  const row = await db
    .selectFrom('hook_url as h')
    .innerJoin('application as a', 'a.id', 'h.application_id')
    .select(['h.id', 'h.application_id', 'h.feature_flags', 'a.environment_id'])
    .where('h.hash', '=', hashOf(token))
    .where('a.deleted_at', 'is', null)
    .where('a.operational', '=', false)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    kind: 'hooks',
    keyId: row.id,
    environmentId: toId('environment', row.environment_id),
    applicationId: toId('application', row.application_id),
    hookUrlId: toId('hookUrl', row.id),
    featureFlags: row.feature_flags,
  }
}

const toHookUrl = (row: Selectable<Tables['hook_url']>): HookUrl => ({
  id: toId('hookUrl', row.id),
  description: row.description,
  featureFlags: row.feature_flags,
  createdAt: row.created_at,
})

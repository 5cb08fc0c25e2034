// What a customer holds: a token for one application of theirs, for days at most.
import { sql } from 'kysely'
import type { Caller, Capability } from '../domain/access.ts'
import type { Application } from '../domain/application.ts'
import { type ApplicationId, type ApplicationTokenId, newId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { hashOf, randomToken } from './tokens.ts'

const PREFIX = 'bwa_'
export const isApplicationToken = (token: string) => token.startsWith(PREFIX)

export type ApplicationTokenFields = {
  capabilities: Capability[]
  featureFlags: string[]
  sessionId: string | null
  expirySeconds: number
}

/** Returns its id and the token, which can never be read again. */
export async function createApplicationToken(
  db: Db,
  { id, environmentId }: Pick<Application, 'id' | 'environmentId'>,
  fields: ApplicationTokenFields,
): Promise<{ id: ApplicationTokenId; token: string }> {
  const tokenId = newId('applicationToken')
  const token = randomToken(PREFIX)
  await db
    .insertInto('application_token')
    .values({
      id: toUuid(tokenId),
      environment_id: toUuid(environmentId),
      application_id: toUuid(id),
      hash: hashOf(token),
      capabilities: fields.capabilities,
      feature_flags: fields.featureFlags,
      session_id: fields.sessionId,
      expires_at: inSeconds(fields.expirySeconds),
    })
    .execute()
  return { id: tokenId, token }
}

/** Null for an unknown, revoked or expired one, and when its application is gone: all look the same. */
export async function findApplicationToken(
  db: Db,
  token: string,
): Promise<Extract<Caller, { kind: 'application' }> | null> {
  const row = await db
    .selectFrom('application_token as t')
    .innerJoin('application as a', 'a.id', 't.application_id')
    .select(['t.id', 't.environment_id', 't.application_id', 't.capabilities'])
    .select(['t.feature_flags', 't.session_id'])
    .where('t.hash', '=', hashOf(token))
    .where('t.revoked_at', 'is', null)
    .where('t.expires_at', '>', sql<Date>`now()`)
    .where('a.deleted_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    kind: 'application',
    keyId: row.id,
    environmentId: toId('environment', row.environment_id),
    applicationId: toId('application', row.application_id),
    capabilities: row.capabilities,
    featureFlags: row.feature_flags,
    sessionId: row.session_id,
  }
}

/** Revoking twice keeps the first date. */
export async function revokeApplicationToken(db: Db, applicationId: ApplicationId, id: string) {
  await db
    .updateTable('application_token')
    .set((eb) => ({ revoked_at: eb.fn.coalesce('revoked_at', eb.fn<Date>('now')) }))
    .where('application_id', '=', toUuid(applicationId))
    .where('id', '=', id)
    .execute()
}

/** All of the application, or those of `sessionIds`: no token lives longer for it. */
export async function expireApplicationTokens(
  db: Db,
  applicationId: ApplicationId,
  { seconds, sessionIds }: { seconds: number; sessionIds: string[] | null },
) {
  let update = db
    .updateTable('application_token')
    .set({ expires_at: inSeconds(seconds) })
    .where('application_id', '=', toUuid(applicationId))
    .where('expires_at', '>', inSeconds(seconds))
  if (sessionIds !== null) update = update.where('session_id', 'in', sessionIds)
  await update.execute()
}

/** Those that nobody can use any more. */
export async function deleteExpiredApplicationTokens(db: Db) {
  await db.deleteFrom('application_token').where('expires_at', '<', sql<Date>`now()`).execute()
}

const inSeconds = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds})`

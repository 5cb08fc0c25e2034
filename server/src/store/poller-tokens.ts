// What a polling receiver holds: a token for one poller. Unlike other tokens it may be looked at again,
// so it is kept sealed beside its hash, as signing secrets are.
import { sql } from 'kysely'
import type { Caller } from '../domain/access.ts'
import { AppError, invariant } from '../domain/errors.ts'
import { type ApiKeyId, newUuid, type PollerId, toId, toUuid } from '../domain/ids.ts'
import { MAX_OLD_TOKENS } from '../domain/poller.ts'
import type { Db } from './connect.ts'
import type { Seal } from './sealed.ts'
import { hashOf, randomToken } from './tokens.ts'

const PREFIX = 'bwp_'
export const isPollerToken = (token: string) => token.startsWith(PREFIX)

export type PollerToken = {
  id: ApiKeyId
  token: string
  createdAt: Date
  expiresAt: Date | null
}

/** Makes a token the one in use. The caller has made sure that there is no other. */
export async function insertPollerToken(
  tx: Db,
  seal: Seal,
  pollerId: PollerId,
  { expirySeconds }: { expirySeconds: number | null },
): Promise<PollerToken> {
  const id = newUuid()
  const token = randomToken(PREFIX)
  const row = await tx
    .insertInto('poller_token')
    .values({
      id,
      poller_id: toUuid(pollerId),
      hash: hashOf(token),
      sealed: seal.seal(token, placeOf(id, pollerId)),
      expires_at: expirySeconds === null ? null : inSeconds(expirySeconds),
      is_current: true,
    })
    .returning(['created_at', 'expires_at'])
    .executeTakeFirstOrThrow()
  return { id: toId('apiKey', id), token, createdAt: row.created_at, expiresAt: row.expires_at }
}

/** The one in use; it may have expired. */
export async function getPollerToken(db: Db, seal: Seal, pollerId: PollerId): Promise<PollerToken> {
  const row = await db
    .selectFrom('poller_token')
    .select(['id', 'sealed', 'created_at', 'expires_at'])
    .where('poller_id', '=', toUuid(pollerId))
    .where('is_current', '=', true)
    .executeTakeFirst()
  invariant(row !== undefined, 'a poller has a token')
  return {
    id: toId('apiKey', row.id),
    token: seal.open(row.sealed, placeOf(row.id, pollerId)),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}

type Rotation = { expirySeconds: number | null; graceSeconds: number }

/** The old one works for a while yet, but never longer than it would have. Throws limit_reached. */
export async function rotatePollerToken(
  tx: Db,
  seal: Seal,
  pollerId: PollerId,
  { expirySeconds, graceSeconds }: Rotation,
): Promise<PollerToken> {
  invariant(tx.isTransaction, 'a rotation is two writes')
  const poller = toUuid(pollerId)
  // Two rotations at the same time come one after the other.
  await tx.selectFrom('poller').select('id').where('id', '=', poller).forUpdate().execute()
  const until = inSeconds(graceSeconds)
  await tx
    .updateTable('poller_token')
    .set({ is_current: false, expires_at: sql<Date>`least(expires_at, ${until})` })
    .where('poller_id', '=', poller)
    .where('is_current', '=', true)
    .execute()
  await tx
    .deleteFrom('poller_token')
    .where('poller_id', '=', poller)
    .where('is_current', '=', false)
    .where('expires_at', '<=', sql<Date>`now()`)
    .execute()
  const { old } = await tx
    .selectFrom('poller_token')
    .select(sql<number>`count(*)::int`.as('old'))
    .where('poller_id', '=', poller)
    .executeTakeFirstOrThrow()
  if (old > MAX_OLD_TOKENS) {
    throw new AppError(
      'limit_reached',
      `${MAX_OLD_TOKENS} old tokens still work: rotate with oldTokenExpiry 0, or later`,
    )
  }
  return insertPollerToken(tx, seal, pollerId, { expirySeconds })
}

/** Null for an unknown or expired one, and when its poller or application is gone. */
export async function findPollerToken(
  db: Db,
  token: string,
): Promise<Extract<Caller, { kind: 'poller' }> | null> {
  const row = await db
    .selectFrom('poller_token as t')
    .innerJoin('poller as p', 'p.id', 't.poller_id')
    .innerJoin('application as a', 'a.id', 'p.application_id')
    .select(['t.id', 't.poller_id', 'p.application_id', 'a.environment_id'])
    .where('t.hash', '=', hashOf(token))
    .where((eb) =>
      eb.or([eb('t.expires_at', 'is', null), eb('t.expires_at', '>', sql<Date>`now()`)]),
    )
    .where('p.deleted_at', 'is', null)
    .where('a.deleted_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    kind: 'poller',
    keyId: row.id,
    environmentId: toId('environment', row.environment_id),
    applicationId: toId('application', row.application_id),
    pollerId: toId('poller', row.poller_id),
  }
}

const inSeconds = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds})`
const placeOf = (id: string, pollerId: PollerId) => `poller_token.sealed/${id}/${pollerId}`

import type { Caller } from '../domain/access.ts'
import { findApiKey } from './api-keys.ts'
import { findApplicationToken, isApplicationToken } from './application-tokens.ts'
import type { Db } from './connect.ts'
import { findHookToken, isHookToken } from './hook-urls.ts'
import { findPollerToken, isPollerToken } from './poller-tokens.ts'

/** Who holds the token, or null. Its prefix says of which kind it is; no kind passes for another. */
export async function findCaller(db: Db, token: string): Promise<Caller | null> {
  if (isApplicationToken(token)) return findApplicationToken(db, token)
  if (isPollerToken(token)) return findPollerToken(db, token)
  if (isHookToken(token)) return findHookToken(db, token)
  const key = await findApiKey(db, token)
  if (key === null) return null
  return { kind: 'key', keyId: key.id, environmentId: key.environmentId, scope: key.scope }
}

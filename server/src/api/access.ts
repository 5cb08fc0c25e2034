// Who asks. Tokens are opaque; what one is, is found out here and nowhere else.
import type { Caller } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { parseId } from '../domain/ids.ts'

/** Revoked tokens are refused everywhere within this time. */
const CACHE_MS = 1_000
const MAX_CACHED = 10_000

export function createAuthenticator(find: (token: string) => Promise<Caller | null>) {
  const cached = new Map<string, { found: Promise<Caller | null>; until: number }>()

  function lookUp(token: string): Promise<Caller | null> {
    const now = performance.now()
    const entry = cached.get(token)
    if (entry !== undefined && entry.until > now) return entry.found
    const found = find(token)
    if (cached.size >= MAX_CACHED) cached.clear()
    cached.set(token, { found, until: now + CACHE_MS })
    // A lookup that failed must not fail the next caller too.
    found.catch(() => cached.delete(token))
    return found
  }

  return {
    /** Throws authentication_failed. `Bearer <token>|<org_id>` also names the environment. */
    async authenticate(authorization: string | undefined): Promise<Caller> {
      const [, token, environment] =
        /^Bearer ([^|\s]+)(?:\|(\S+))?$/i.exec(authorization ?? '') ?? []
      const found = token === undefined ? null : await lookUp(token)
      if (found === null) throw new AppError('authentication_failed', 'Invalid token')
      if (
        environment !== undefined &&
        parseId('environment', environment) !== found.environmentId
      ) {
        throw new AppError('authentication_failed', 'Invalid token')
      }
      return found
    },
    /** A token was revoked or changed through this process: here that counts at once. */
    accessChanged() {
      cached.clear()
    },
  }
}

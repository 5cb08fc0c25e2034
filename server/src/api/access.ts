// Who asks. Tokens are opaque; what one may reach is decided here and nowhere else.
import { AppError } from '../domain/errors.ts'
import { type EnvironmentId, parseId } from '../domain/ids.ts'

export type Caller = { environmentId: EnvironmentId; keyId: string }

/** Revoked keys are refused everywhere within this time. */
const CACHE_MS = 1_000
const MAX_CACHED = 10_000

type Found = { id: string; environmentId: EnvironmentId } | null

/** Throws authentication_failed. `Bearer <token>|<org_id>` also names the environment. */
export function createAuthenticator(find: (token: string) => Promise<Found>) {
  const cached = new Map<string, { found: Promise<Found>; until: number }>()

  function lookUp(token: string): Promise<Found> {
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

  return async (authorization: string | undefined): Promise<Caller> => {
    const [, token, environment] = /^Bearer ([^|\s]+)(?:\|(\S+))?$/i.exec(authorization ?? '') ?? []
    const found = token === undefined ? null : await lookUp(token)
    if (found === null) throw new AppError('authentication_failed', 'Invalid token')
    if (environment !== undefined && parseId('environment', environment) !== found.environmentId) {
      throw new AppError('authentication_failed', 'Invalid token')
    }
    return { environmentId: found.environmentId, keyId: found.id }
  }
}

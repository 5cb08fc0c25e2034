// Who asks. Tokens are opaque; what one is, is found out here and nowhere else.
import type { Caller } from '../domain/access.ts'
import { AppError } from '../domain/errors.ts'
import { parseId } from '../domain/ids.ts'
import { createKnownTokens } from './known-tokens.ts'
import { createTokenBuckets, type TokenBuckets } from './token-buckets.ts'

/** Revoked tokens are refused everywhere within this time. */
const CACHE_MS = 1_000
const MAX_CACHED = 10_000

export type AuthenticatorOptions = {
  /** Unknown tokens that one remote address may try in a minute; 0 is no limit. */
  failuresPerMinute?: number
  /** An address has tried too many. */
  refused?(address: string): void
}

export function createAuthenticator(
  find: (token: string) => Promise<Caller | null>,
  { failuresPerMinute = 0, refused = () => {} }: AuthenticatorOptions = {},
) {
  const cached = new Map<string, { found: Promise<Caller | null>; until: number }>()
  const known = createKnownTokens()
  const failures: TokenBuckets | null =
    failuresPerMinute === 0
      ? null
      : createTokenBuckets({ perSecond: failuresPerMinute / 60, burst: failuresPerMinute })

  function lookUp(token: string, address: string): Promise<Caller | null> {
    const now = performance.now()
    const entry = cached.get(token)
    if (entry !== undefined && entry.until > now) return entry.found
    if (failures !== null && !known.has(token)) assertMayTry(failures, address)
    const found = find(token)
    if (cached.size >= MAX_CACHED) cached.clear()
    cached.set(token, { found, until: now + CACHE_MS })
    found.then(
      (caller) => {
        if (caller !== null) return known.add(token)
        known.delete(token)
        failures?.take(networkOf(address))
      },
      // A lookup that failed must not fail the next caller too.
      () => cached.delete(token),
    )
    return found
  }

  /**
   * Only what costs a lookup counts: a client that repeats one bad token is told 401 from the cache. A
   * token that was good lately is looked up whatever else comes from its address, so that those who
   * share a proxy with a guesser go on.
   */
  function assertMayTry(failures: TokenBuckets, address: string) {
    const { taken, nextInSeconds } = failures.look(networkOf(address))
    if (taken) return
    refused(address)
    throw new AppError(
      'rate_limited',
      'Too many unknown tokens came from this address: try again later',
      { retryAfterSeconds: nextInSeconds },
    )
  }

  return {
    /**
     * Throws authentication_failed. `Bearer <token>|<org_id>` also names the environment. `address` is
     * where the connection comes from.
     */
    async authenticate(authorization: string | undefined, address: string): Promise<Caller> {
      const [, token, environment] =
        /^Bearer ([^|\s]+)(?:\|(\S+))?$/i.exec(authorization ?? '') ?? []
      const found = token === undefined ? null : await lookUp(token, address)
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

/** Of IPv6 the first 64 bits: who has one address there has them all. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]!
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length
    groups.push(...Array<string>(Math.max(0, 8 - groups.length - after)).fill('0'))
  }
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
}

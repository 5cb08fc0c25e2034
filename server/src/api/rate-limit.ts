// How much one token may ask: optional, per process. Answers say what is left, refusals when to come back
// (draft-ietf-httpapi-ratelimit-headers: a policy, and the state under it).
import { AppError } from '../domain/errors.ts'
import { type BucketPolicy, createTokenBuckets } from './token-buckets.ts'

export type RateLimit = ReturnType<typeof createRateLimit>

/** As browsers may read them. */
export const RATE_LIMIT_HEADERS = ['ratelimit', 'ratelimit-policy'] as const

export function createRateLimit(policy: BucketPolicy, nowMs?: () => number) {
  const buckets = createTokenBuckets(policy, nowMs)
  const windowSeconds = Math.ceil(policy.burst / policy.perSecond)
  const header = `"default";q=${policy.burst};w=${windowSeconds}`

  return {
    /** Counts a request of the key: what its answer has to say, and the refusal if it is one too many. */
    count(keyId: string) {
      const { taken, left, nextInSeconds, fullInSeconds } = buckets.take(keyId)
      return {
        headers: {
          'ratelimit-policy': header,
          ratelimit: `"default";r=${left};t=${fullInSeconds}`,
        },
        refusal: taken
          ? null
          : new AppError(
              'rate_limited',
              `This token may make ${policy.perSecond} requests a second: try again later`,
              { retryAfterSeconds: nextInSeconds },
            ),
      }
    },
  }
}

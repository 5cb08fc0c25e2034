import type { Outcome } from '../domain/outcome.ts'
import type { OpenSocket } from './egress/connect.ts'
import type { Guard } from './egress/guard.ts'
import { Lru } from './egress/lru.ts'
import type { PoolLimits } from './egress/pool.ts'
import { createPools, type PoolStats } from './egress/pools.ts'
import type { Refusal } from './egress/refusal.ts'
import type { TlsIdentity } from './egress/tls-identity.ts'
import { parseTarget, type Target } from './egress/url.ts'
import { Attempt } from './send-attempt.ts'
import { Deadlines } from './send-deadlines.ts'
import { blocked, localFailure } from './send-failures.ts'
import { needsHttps } from './send-tls-failures.ts'

// The exchange: one HTTP request to an address that the guard allowed. Whatever the endpoint or
// the network does is an outcome; only a request that can't be sent at all (our mistake) rejects.
// It must not decide what happens next: no retries, no redirects, no decompression.

export type HttpRequest = {
  method: string
  /** Credentials are already removed. */
  url: string
  /** name, value, name, value, … */
  headers: string[]
  body: Buffer | null
}

export type Timeouts = { connectMs: number; headersMs: number; totalMs: number }

export type SendOptions = {
  timeouts: Timeouts
  tls?: TlsIdentity
  /** Instead of the sender's own, for URLs that are judged without the allow list. */
  guard?: Guard
}

export type SendLimits = {
  maxInformational: number
  maxHeaderFields: number
  /** How much of a body is kept for the record; the rest is counted and dropped. */
  keptBytes: number
  maxBodyBytes: number
  /** After the header of anything but a 2xx: how long its body may still take. */
  restMs: number
}

export const TIMEOUTS: Timeouts = { connectMs: 5_000, headersMs: 15_000, totalMs: 20_000 }

const LIMITS: SendLimits = {
  maxInformational: 8,
  maxHeaderFields: 100,
  keptBytes: 20_000,
  maxBodyBytes: 1_048_576,
  restMs: 2_000,
}

export type SenderStats = PoolStats & { inFlight: number }

export type Sender = {
  send(request: HttpRequest, options: SendOptions): Promise<Outcome>
  stats(): SenderStats
  /** Breaks off what is in flight: whoever wants to wait for it does so before. */
  close(): Promise<void>
}

export type SenderOptions = {
  guard: Guard
  limits?: Partial<SendLimits & PoolLimits>
  /** `BELLWIRE_EGRESS_CA_FILE`: certificates added to Node's list. */
  extraCa?: readonly string[]
  tickMs?: number
  openSocket?: OpenSocket
  /** A fault in here or in undici: for the operator's log, never an attempt's outcome. */
  onUnexpected?: (error: unknown) => void
}

const MAX_PARSED_URLS = 10_000
/** Longer ones are rare, and ten thousand of 64 KB would be a lot to remember. */
const MAX_REMEMBERED_URL = 2_048

export function createSender(options: SenderOptions): Sender {
  const { guard, onUnexpected = () => {} } = options
  const pools = createPools({ ...options, limits: options.limits ?? {}, onUnexpected })
  const deadlines = new Deadlines(options.tickMs)
  const shared = { pools, deadlines, limits: { ...LIMITS, ...options.limits } }
  const targets = new Lru<string, Target | Refusal>(MAX_PARSED_URLS)
  let closed = false

  function targetOf(url: string): Target | Refusal {
    let target = targets.get(url)
    if (target === undefined) {
      target = parseTarget(url)
      if (url.length <= MAX_REMEMBERED_URL) targets.set(url, target)
    }
    return target
  }

  function exchange(request: HttpRequest, target: Target, sendOptions: SendOptions) {
    return new Promise<Outcome>((resolve, reject) => {
      const parts = { request, target, options: sendOptions }
      // Broken off by `close`: that is no failure of the receiver.
      const settle = (outcome: Outcome) =>
        resolve(closed && outcome.kind === 'failed' ? { ...outcome, failure: closing() } : outcome)
      const attempt = new Attempt(shared, parts, { resolve: settle, reject })
      try {
        const resolution = (sendOptions.guard ?? guard).resolve(target)
        if (resolution instanceof Promise) {
          resolution.then((late) => attempt.resolved(late)).catch((error) => attempt.crash(error))
        } else {
          attempt.resolved(resolution)
        }
      } catch (error) {
        attempt.crash(error as Error)
      }
    })
  }

  return {
    send(request, sendOptions) {
      const target = targetOf(request.url)
      if ('reason' in target) return failed(blocked(target))
      if (closed) return failed(closing())
      if (!target.secure && sendOptions.tls?.needsTls) return failed(needsHttps(target))
      return exchange(request, target, sendOptions)
    },
    stats: () => ({ ...pools.stats(), inFlight: deadlines.size }),
    async close() {
      closed = true
      pools.destroy()
      await deadlines.whenEmpty()
    },
  }
}

const closing = () => localFailure('the sender is closing')

function failed(failure: ReturnType<typeof blocked>): Promise<Outcome> {
  return Promise.resolve({ kind: 'failed', failure, durationMs: 0 })
}

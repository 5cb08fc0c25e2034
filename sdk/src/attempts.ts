// Trying again, where that may help and can do no harm: every request is safe to repeat, a POST because
// it carries the same Idempotency-Key each time.
import { BellwireError } from './api-error.ts'

export type Retries = {
  /** How often to try again. */
  retries: number
  /** Before the first retry; each further waits twice as long, up to 10 s. */
  retryDelayMs: number
}

const MAX_DELAY_MS = 10_000
/** A server that asks for more than this is not waited for. */
const MAX_RETRY_AFTER_SECONDS = 60

export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { retries, retryDelayMs, signal }: Retries & { signal: AbortSignal | undefined },
): Promise<Result> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (failures >= retries || !mayHelp(error)) throw error
      const backoffMs = Math.min(retryDelayMs * 2 ** failures, MAX_DELAY_MS)
      const askedMs = (error.retryAfterSeconds ?? 0) * 1000
      // Those who failed together must not all come back together.
      await sleep(Math.max(askedMs, backoffMs * (0.5 + Math.random() / 2)), signal)
    }
  }
}

function mayHelp(error: unknown): error is BellwireError {
  if (!(error instanceof BellwireError)) return false
  const { status, code, retryAfterSeconds } = error
  if ((retryAfterSeconds ?? 0) > MAX_RETRY_AFTER_SECONDS) return false
  const isUnanswered = code === 'network' || code === 'timeout'
  return isUnanswered || status >= 500 || status === 429 || code === 'idempotency_in_progress'
}

export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

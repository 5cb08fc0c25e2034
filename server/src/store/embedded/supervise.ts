import { setTimeout as sleep } from 'node:timers/promises'
import type { Lock } from './lock.ts'
import type { Log } from './server.ts'

const FIRST_DELAY_MS = 200
const LONGEST_DELAY_MS = 10_000
const CALM_MS = 60_000

type Options = { lock: Lock; again: () => Promise<Lock>; log: Log; signal: AbortSignal }

/**
 * The lock's session is the alarm. It ends when the server dies, when one of its backends crashed
 * and it throws everybody out, and when somebody terminates it; each time we must have it again.
 * Resolves when the signal is aborted and nothing is under way.
 */
export async function supervise({ lock, again, log, signal }: Options): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  let delayMs = FIRST_DELAY_MS
  let held = lock
  for (;;) {
    const since = Date.now()
    await Promise.race([held.lost, aborted])
    if (signal.aborted) return
    // A server that dies right after each start is not started in a tight loop.
    if (Date.now() - since > CALM_MS) delayMs = FIRST_DELAY_MS

    const lostAt = Date.now()
    log('lost the session that holds the embedded PostgreSQL; starting it again if need be')
    let told = ''
    for (;;) {
      try {
        await sleep(delayMs, null, { signal })
        delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)
        held = await again()
        break
      } catch (error) {
        if (signal.aborted) return
        const reason = error instanceof Error ? error.message : String(error)
        if (reason !== told) log('the embedded PostgreSQL is not back yet', { reason })
        told = reason
      }
    }
    log('the embedded PostgreSQL is back', { ms: Date.now() - lostAt })
  }
}

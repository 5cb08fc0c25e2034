// Holds a thread to a limit of the time that it computes. Time on the clock would blame it for a machine
// that is busy: then what is right would be refused.
import type { Worker } from 'node:worker_threads'

/** Where other work keeps a thread from running at all, it is late after so many times its limit. */
const MOST_LIMITS = 20

/**
 * Calls `late` once, when the thread has computed for `limitMs` after the first `limitMs` that have passed.
 * What it returns ends the watch.
 */
export function watchThread(
  worker: Worker,
  { limitMs, late }: { limitMs: number; late(): void },
): () => void {
  let isOver = false
  let usedAtFirst: number | null = null
  let looks = 0
  // An answer that is here already is read while we ask, and ends the watch.
  const look = async () => {
    const used = await cpuMsOf(worker)
    if (isOver) return
    usedAtFirst ??= used
    if (++looks > MOST_LIMITS || used - usedAtFirst >= limitMs) {
      isOver = true
      return late()
    }
    timer = setTimeout(look, limitMs)
  }
  let timer = setTimeout(look, limitMs)
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}

async function cpuMsOf(worker: Worker): Promise<number> {
  // One that has ended is not asked again: its `exit` says so.
  const { user, system } = await worker.cpuUsage().catch(() => ({ user: 0, system: 0 }))
  return (user + system) / 1_000
}

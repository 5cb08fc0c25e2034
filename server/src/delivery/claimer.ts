// Takes free deliveries that are due: retries, what found no room, what a dead node held. Works when
// it is woken and, as the fallback, every second; goes on at once while there is more and room for it.
import type { Telemetry } from '../telemetry.ts'
import type { LeasedRun } from './deliver.ts'

const POLL_MS = 1_000
/** Claims for a few rows at a time cost more than they take: wait until this much of the node is free. */
const LEAST_ROOM = 0.1

type Claimed = { runs: LeasedRun[]; cursor: string | null }
type Options = {
  claim(room: number, cursor: string | null): Promise<Claimed>
  take(runs: LeasedRun[]): void
  room(): number
  maxRoom: number
  telemetry: Telemetry
}

export function createClaimer({ claim, take, room, maxRoom, telemetry }: Options) {
  let timer: NodeJS.Timeout | null = null
  let timerAt = Number.POSITIVE_INFINITY
  let working: Promise<void> | null = null
  let again = false
  let stopped = false
  let cursor: string | null = null
  /** There is more to claim than there was room for. */
  let wanting = false

  /** Claims no later than in `delayMs`. */
  function wakeIn(delayMs: number) {
    if (stopped) return
    const at = performance.now() + delayMs
    if (at >= timerAt) return
    if (timer !== null) clearTimeout(timer)
    timerAt = at
    timer = setTimeout(() => {
      timer = null
      timerAt = Number.POSITIVE_INFINITY
      wake()
    }, delayMs)
  }

  function wake() {
    if (stopped) return
    again = true
    working ??= work().finally(() => {
      working = null
      wakeIn(POLL_MS)
    })
  }

  async function work() {
    while (again && !stopped) {
      again = false
      const free = room()
      if (free < maxRoom * LEAST_ROOM) {
        wanting = true
        return
      }
      try {
        const claimed = await claim(free, cursor)
        cursor = claimed.cursor
        take(claimed.runs)
        if (claimed.runs.length > 0 || cursor !== null) again = true
      } catch (error) {
        telemetry.trouble('deliveries.claim', error)
      }
    }
  }

  return {
    wake,
    wakeIn,
    /** Deliveries were born free for want of room: claim them when there is some. */
    backlog() {
      wanting = true
    },
    /** A run has left the node. */
    freed() {
      if (wanting && room() >= maxRoom / 2) {
        wanting = false
        wake()
      }
    },
    async stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await working
    },
  }
}

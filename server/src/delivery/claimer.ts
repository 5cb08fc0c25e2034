// Takes free deliveries that are due: retries, what found no room, what a dead node held. Works when
// it is woken and, as the fallback, every second; goes on at once while there is more and room for it.
import { setTimeout as delay } from 'node:timers/promises'
import type { Telemetry } from '../telemetry.ts'
import type { LeasedRun } from './deliver.ts'

const POLL_MS = 1_000
/** Farther retries are found by the poll: a second is nothing beside their jitter. */
const HORIZON_MS = 20_000
const SLOT_MS = 20
/** Claims for a few rows at a time cost more than they take: wait until this much of the node is free. */
const LEAST_ROOM = 0.1

/** Looking at so many endpoints for little leaves the database alone for a while: a fifth of its time. */
const FEW_STEPS = 50
const REST_MS_PER_STEP = 0.02

type Claimed = {
  runs: LeasedRun[]
  cursor: string | null
  againMs: number | null
  /** Endpoints looked at. */
  steps: number
}
type Options = {
  claim(room: number, cursor: string | null): Promise<Claimed>
  take(runs: LeasedRun[]): void
  room(): number
  maxRoom: number
  telemetry: Telemetry
}

export function createClaimer({ claim, take, room, maxRoom, telemetry }: Options) {
  let timer: NodeJS.Timeout | null = null
  let pollAt = 0
  /** When to claim besides the poll, in slots: retries that are due within the horizon. */
  const soon = new Set<number>()
  let working: Promise<void> | null = null
  let again = false
  let stopped = false
  let cursor: string | null = null
  let claimedAt = 0
  /** There is more to claim than there was room for. */
  let wanting = false

  /** Claims in `delayMs`, or a poll later when that is far off. */
  function wakeIn(delayMs: number) {
    if (stopped || delayMs > HORIZON_MS) return
    soon.add(Math.ceil((performance.now() + delayMs) / SLOT_MS))
    arm()
  }

  function arm() {
    if (timer !== null) clearTimeout(timer)
    const at = Math.min(pollAt, Math.min(...soon) * SLOT_MS)
    timer = setTimeout(
      () => {
        timer = null
        wake()
      },
      Math.max(0, at - performance.now()),
    )
  }

  function wake() {
    if (stopped) return
    again = true
    working ??= work().finally(() => {
      working = null
      pollAt = performance.now() + POLL_MS
      if (!stopped) arm()
    })
  }

  async function work() {
    while (again && !stopped) {
      again = false
      claimedAt = performance.now()
      const now = claimedAt / SLOT_MS
      for (const slot of soon) if (slot <= now) soon.delete(slot)
      const free = room()
      if (free < maxRoom * LEAST_ROOM) {
        wanting = true
        return
      }
      try {
        const claimed = await claim(free, cursor)
        cursor = claimed.cursor
        take(claimed.runs)
        if (claimed.againMs !== null) wakeIn(claimed.againMs)
        if (claimed.runs.length > 0 || cursor !== null) again = true
        await rest(claimed)
      } catch (error) {
        telemetry.trouble('deliveries.claim', error)
      }
    }
  }

  /** Thousands of endpoints that wait for their retries must not cost a walk after the other. */
  async function rest({ runs, steps }: Claimed) {
    const idle = steps - FEW_STEPS - 2 * runs.length
    if (idle > 0) await delay(idle * REST_MS_PER_STEP)
  }

  return {
    wake,
    wakeIn,
    /** Something may have become due: claims at once, but never one claim after the other for this. */
    nudge() {
      if (working === null && performance.now() - claimedAt > SLOT_MS) wake()
      else wakeIn(SLOT_MS)
    },
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

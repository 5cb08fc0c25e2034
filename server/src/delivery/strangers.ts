// Endpoints whose last attempt failed, and new ones. Thousands of dead ones at once may have a share of the node,
// of what it holds and of what is in flight: the rest is for those whose messages get through.
import type { EndpointId } from '../domain/ids.ts'
import type { LeasedRun } from './deliver.ts'

const SHARE = 3 / 4
/** Started in one turn of the event loop: hundreds at once would hold up everybody else's requests. */
const MOST_IN_A_TURN = 4
/** While others are sent to: one that fails costs as much as one that succeeds, and nobody waits for it. */
const PER_SECOND = 500
const STEP_MS = 10
/** No more is made up for: a node that is late with everything starts fewer of them. */
const PER_STEP = (PER_SECOND * STEP_MS) / 1_000
/** So long after the last that was sent to somebody else, strangers have the node for themselves. */
const ALONE_AFTER_MS = 500

type Options = {
  maxHeld: number
  maxInFlight: number
  /** Its last attempt was delivered. */
  isKnown(id: EndpointId): boolean
  /** More of them may be started. */
  turned(): void
}

export function createStrangers({ maxHeld, maxInFlight, isKnown, turned }: Options) {
  const mostHeld = maxHeld * SHARE
  const mostInFlight = Math.max(1, maxInFlight * SHARE)
  /** Of endpoints that were strangers when these came. */
  const held = new Set<LeasedRun>()
  let inFlight = 0
  let startedNow = 0
  let othersAt = Number.NEGATIVE_INFINITY
  let allowance = PER_STEP
  let allowedAt = 0
  let isWaiting = false

  function nextTurn() {
    startedNow = 0
    turned()
  }

  function nextStep() {
    isWaiting = false
    turned()
  }

  /** Whether one may go in this moment, if others are being sent to; if not, its time will come. */
  function isItsTime(): boolean {
    const now = performance.now()
    if (now - othersAt > ALONE_AFTER_MS) return true
    allowance = Math.min(PER_STEP, allowance + ((now - allowedAt) * PER_SECOND) / 1_000)
    allowedAt = now
    if (allowance >= 1) return true
    if (!isWaiting) setTimeout(nextStep, STEP_MS)
    isWaiting = true
    return false
  }

  return {
    is: (id: EndpointId) => !isKnown(id),
    put(leased: LeasedRun) {
      if (!isKnown(leased.run.endpointId)) held.add(leased)
    },
    done: (leased: LeasedRun) => held.delete(leased),
    maySend: () => inFlight < mostInFlight && startedNow < MOST_IN_A_TURN && isItsTime(),
    /** One was started of somebody who is none of them. */
    startedOther() {
      othersAt = performance.now()
    },
    started() {
      inFlight++
      allowance--
      if (startedNow++ === 0) setImmediate(nextTurn)
    },
    ended() {
      inFlight--
    },
    /** How many more of their runs the node may take; below 0 it holds too many. */
    room: () => Math.floor(mostHeld) - held.size,
  }
}

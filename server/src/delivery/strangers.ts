// Endpoints whose last attempt failed, and new ones. Thousands of dead ones at once may have a share of the node,
// of what it holds and of what is in flight: the rest is for those whose messages get through.
import type { EndpointId } from '../domain/ids.ts'
import type { LeasedRun } from './deliver.ts'

const SHARE = 3 / 4
/** Started in one turn of the event loop: hundreds at once would hold up everybody else's requests. */
const MOST_IN_A_TURN = 4
/** While others are sent to, strangers have what time is left: as many a second as leave the turns short. */
const PER_SECOND = { first: 500, least: 200, most: 2_000, more: 5 }
const STEP_MS = 10
/** A step that is later than that says that the node has too much to do. */
const LATE_MS = 8
const FEWER = 0.7
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
  let perSecond = PER_SECOND.first
  let allowance = toStep(perSecond)
  let isWaiting = false

  function nextTurn() {
    startedNow = 0
    turned()
  }

  function nextStep(dueAt: number) {
    isWaiting = false
    perSecond =
      performance.now() - dueAt > LATE_MS
        ? Math.max(PER_SECOND.least, perSecond * FEWER)
        : Math.min(PER_SECOND.most, perSecond + PER_SECOND.more)
    allowance = toStep(perSecond)
    turned()
  }

  /** Whether one may go in this moment, if others are being sent to; if not, its time will come. */
  function isItsTime(): boolean {
    const now = performance.now()
    if (allowance >= 1 || now - othersAt > ALONE_AFTER_MS) return true
    if (!isWaiting) setTimeout(nextStep, STEP_MS, now + STEP_MS)
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

const toStep = (perSecond: number) => (perSecond * STEP_MS) / 1_000

// Endpoints whose last attempt failed, and new ones. Thousands of dead ones at once may have a share of the node,
// of what it holds and of what is in flight: the rest is for those whose messages get through.
import type { EndpointId } from '../domain/ids.ts'
import type { LeasedRun } from './deliver.ts'

const SHARE = 3 / 4
/** Started in one turn of the event loop: hundreds at once would hold up everybody else's requests. */
const MOST_IN_A_TURN = 4

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

  function nextTurn() {
    startedNow = 0
    turned()
  }

  return {
    is: (id: EndpointId) => !isKnown(id),
    put(leased: LeasedRun) {
      if (!isKnown(leased.run.endpointId)) held.add(leased)
    },
    done: (leased: LeasedRun) => held.delete(leased),
    maySend: () => inFlight < mostInFlight && startedNow < MOST_IN_A_TURN,
    started() {
      inFlight++
      if (startedNow++ === 0) setImmediate(nextTurn)
    },
    ended() {
      inFlight--
    },
    /** How many more of their runs the node may take; below 0 it holds too many. */
    room: () => Math.floor(mostHeld) - held.size,
  }
}

// Endpoints that have not answered lately. Thousands of dead ones at once may have a share of the node,
// of what it holds and of what is in flight: the rest is for those that are known to answer.
import type { EndpointId } from '../domain/ids.ts'
import type { LeasedRun } from './deliver.ts'

const SHARE = 3 / 4

type Options = {
  maxHeld: number
  maxInFlight: number
  /** It has answered lately. */
  isKnown(id: EndpointId): boolean
}

export function createStrangers({ maxHeld, maxInFlight, isKnown }: Options) {
  const mostHeld = maxHeld * SHARE
  const mostInFlight = Math.max(1, maxInFlight * SHARE)
  /** Of endpoints that were strangers when these came. */
  const held = new Set<LeasedRun>()
  let inFlight = 0

  return {
    is: (id: EndpointId) => !isKnown(id),
    put(leased: LeasedRun) {
      if (!isKnown(leased.run.endpointId)) held.add(leased)
    },
    done: (leased: LeasedRun) => held.delete(leased),
    maySend: () => inFlight < mostInFlight,
    started: () => inFlight++,
    ended: () => inFlight--,
    /** How many more of their runs the node may take; below 0 it holds too many. */
    room: () => Math.floor(mostHeld) - held.size,
  }
}

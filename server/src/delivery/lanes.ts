// Work in hand, a lane per endpoint. A lane is bounded in what it holds and in what it sends at once,
// and both bounds shrink as the node fills up: a lane may have a share of what is left free. Endpoints
// that hang give nothing back, so the share is small: it takes dozens of them to fill the node.
import type { EndpointId } from '../domain/ids.ts'
import type { LeasedRun } from './deliver.ts'

export type LaneLimits = {
  /** Runs in hand on this node: waiting, in flight, and waiting to be recorded. */
  maxHeld: number
  maxHeldBytes: number
  maxInFlight: number
  maxHeldPerEndpoint: number
  maxInFlightPerEndpoint: number
}

const SHARE_HELD = 1 / 4
const SHARE_IN_FLIGHT = 1 / 8

type Lane = {
  endpointId: EndpointId
  waiting: LeasedRun[]
  next: number
  inFlight: number
  held: number
}

export function createLanes(limits: LaneLimits, start: (leased: LeasedRun) => Promise<void>) {
  const lanes = new Map<EndpointId, Lane>()
  /** Lanes with something waiting, in turn; a Set keeps the order in which they came. */
  const ready = new Set<Lane>()
  let held = 0
  let heldBytes = 0
  let inFlight = 0
  let paused = false

  const bytesOf = ({ payload }: LeasedRun) => (payload instanceof Buffer ? payload.length : 0)
  const mayHold = () =>
    Math.max(1, Math.min(limits.maxHeldPerEndpoint, (limits.maxHeld - held) * SHARE_HELD))
  const maySend = () =>
    Math.max(
      1,
      Math.min(limits.maxInFlightPerEndpoint, (limits.maxInFlight - inFlight) * SHARE_IN_FLIGHT),
    )

  function put(leased: LeasedRun) {
    const { endpointId } = leased.run
    let lane = lanes.get(endpointId)
    if (lane === undefined) {
      lane = { endpointId, waiting: [], next: 0, inFlight: 0, held: 0 }
      lanes.set(endpointId, lane)
    }
    lane.waiting.push(leased)
    lane.held++
    held++
    heldBytes += bytesOf(leased)
    ready.add(lane)
  }

  /** One run from each ready lane in turn, until nothing waits or nothing more may be sent. */
  function pump() {
    if (paused) return
    let stuck = 0
    while (ready.size > stuck && inFlight < limits.maxInFlight) {
      const lane: Lane = ready.values().next().value!
      ready.delete(lane)
      if (lane.inFlight >= maySend()) {
        ready.add(lane)
        stuck++
        continue
      }
      stuck = 0
      const leased = takeFrom(lane)
      if (lane.waiting.length > 0) ready.add(lane)
      lane.inFlight++
      inFlight++
      void start(leased).finally(() => {
        lane.inFlight--
        inFlight--
        pump()
      })
    }
  }

  function takeFrom(lane: Lane): LeasedRun {
    const leased = lane.waiting[lane.next++]!
    if (lane.next === lane.waiting.length || lane.next > 1_000) {
      lane.waiting.splice(0, lane.next)
      lane.next = 0
    }
    return leased
  }

  /** The run has left the node's hands: recorded, released or dropped. */
  function done(leased: LeasedRun) {
    held--
    heldBytes -= bytesOf(leased)
    const lane = lanes.get(leased.run.endpointId)
    if (lane !== undefined && --lane.held === 0) lanes.delete(leased.run.endpointId)
  }

  return {
    put,
    pump,
    done,
    /** How many more runs the node may take. */
    room: () => (heldBytes >= limits.maxHeldBytes ? 0 : Math.max(0, limits.maxHeld - held)),
    /** Endpoints that hold all they may. */
    full: () => {
      const most = mayHold()
      const endpoints: EndpointId[] = []
      for (const lane of lanes.values()) if (lane.held >= most) endpoints.push(lane.endpointId)
      return endpoints
    },
    /** Stops starting anything and gives back what has not been started. */
    pause(): LeasedRun[] {
      paused = true
      const waiting = [...ready].flatMap((lane) => lane.waiting.splice(0).slice(lane.next))
      for (const lane of ready) lane.next = 0
      ready.clear()
      return waiting
    },
    resume() {
      paused = false
      pump()
    },
    counts: () => ({ held, heldBytes, inFlight, lanes: lanes.size }),
  }
}

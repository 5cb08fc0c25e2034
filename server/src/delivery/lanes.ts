// Work in hand, a lane per endpoint. A lane is bounded in what it holds and in what it sends at once,
// and both bounds shrink as the node fills up: a lane may have a share of what is left free. Endpoints
// that hang give nothing back, so the share is small: it takes dozens of them to fill the node.
import type { EndpointId } from '../domain/ids.ts'
import type { LeasedRun } from './deliver.ts'
import { createLargePayloads } from './large-payloads.ts'
import { createStrangers } from './strangers.ts'

export type LaneLimits = {
  /** Runs in hand on this node: waiting, in flight, and waiting to be recorded. */
  maxHeld: number
  maxHeldBytes: number
  maxInFlight: number
  maxHeldPerEndpoint: number
  maxInFlightPerEndpoint: number
  /** Of payloads that are read when their turn comes. */
  maxLargeBytes: number
}

const SHARE_HELD = 1 / 4
const SHARE_IN_FLIGHT = 1 / 8
/** What is late for its place in a rate stays late, and makes up for it this slowly: never in a burst. */
const CATCH_UP = 0.03
/** Timers are that exact. */
const ON_TIME_MS = 50

type Lane = {
  endpointId: EndpointId
  waiting: LeasedRun[]
  next: number
  inFlight: number
  held: number
  bytes: number
  largeInFlight: number
  /** Until the first that waits may be sent. */
  parked: NodeJS.Timeout | null
  /** The last place in a rate that was used, and how long after its time the next may be. */
  place: number
  late: number
  /** Said to be full: whoever was told is told again when there is room. */
  wasFull: boolean
}

type Options = {
  limits: LaneLimits
  /** Sends one run; resolves when its slot is free. */
  start(leased: LeasedRun): Promise<void>
  /** How many an endpoint may have in flight besides all other bounds. */
  allowed?(id: EndpointId): number
  /** Its last attempt was delivered. */
  isKnown?(id: EndpointId): boolean
  /** An endpoint that `full` named has room again. */
  relieved(): void
}

const unlimited = () => Number.POSITIVE_INFINITY
const everyone = () => true

export function createLanes({
  limits,
  start,
  allowed = unlimited,
  isKnown = everyone,
  relieved,
}: Options) {
  const lanes = new Map<EndpointId, Lane>()
  /** Lanes with something waiting, in turn; a Set keeps the order in which they came. */
  const ready = new Set<Lane>()
  /** Lanes whose first is a large payload that there is no memory for now. */
  const cramped = new Set<Lane>()
  /** Lanes of strangers, of which enough are in flight. */
  const crowded = new Set<Lane>()
  const { maxHeld, maxInFlight } = limits
  const strangers = createStrangers({ maxHeld, maxInFlight, isKnown, turned: pump })
  const large = createLargePayloads(limits.maxLargeBytes)
  let held = 0
  let heldBytes = 0
  let inFlight = 0
  let paused = false

  const bytesOf = ({ payload }: LeasedRun) => (payload instanceof Buffer ? payload.length : 0)
  const mayHold = () =>
    Math.max(1, Math.min(limits.maxHeldPerEndpoint, (limits.maxHeld - held) * SHARE_HELD))
  const mayHoldBytes = () => (limits.maxHeldBytes - heldBytes) * SHARE_HELD
  const maySend = () =>
    Math.max(
      1,
      Math.min(limits.maxInFlightPerEndpoint, (limits.maxInFlight - inFlight) * SHARE_IN_FLIGHT),
    )

  function put(leased: LeasedRun) {
    const { endpointId } = leased.run
    let lane = lanes.get(endpointId)
    if (lane === undefined) {
      const counts = { inFlight: 0, held: 0, bytes: 0, largeInFlight: 0 }
      lane = {
        endpointId,
        waiting: [],
        next: 0,
        ...counts,
        parked: null,
        place: 0,
        late: 0,
        wasFull: false,
      }
      lanes.set(endpointId, lane)
    }
    lane.waiting.push(leased)
    lane.held++
    lane.bytes += bytesOf(leased)
    held++
    heldBytes += bytesOf(leased)
    strangers.put(leased)
    ready.add(lane)
  }

  /** One run from each ready lane in turn, until nothing waits or nothing more may be sent. */
  function pump() {
    while (!paused && inFlight < limits.maxInFlight && (ready.size > 0 || uncrowd())) {
      const lane: Lane = ready.values().next().value!
      ready.delete(lane)
      const isStranger = strangers.is(lane.endpointId)
      if (isStranger && !strangers.maySend()) {
        crowded.add(lane)
        continue
      }
      crowded.delete(lane)
      // At its own bound: the end of one of its sends brings it back.
      if (lane.inFlight >= Math.min(maySend(), allowed(lane.endpointId))) continue
      const { largeBytes = 0 } = lane.waiting[lane.next]!
      if (!large.allows(largeBytes, lane.largeInFlight)) {
        cramped.add(lane)
        continue
      }
      if (isEarly(lane)) continue
      const leased = takeFrom(lane)
      if (lane.waiting.length > 0) ready.add(lane)
      lane.inFlight++
      inFlight++
      if (isStranger) strangers.started()
      else strangers.startedOther()
      lane.largeInFlight += largeBytes
      large.take(largeBytes)
      void start(leased).finally(() => {
        lane.inFlight--
        inFlight--
        if (isStranger) strangers.ended()
        lane.largeInFlight -= largeBytes
        large.give(largeBytes)
        if (largeBytes > 0) uncramp()
        if (lane.waiting.length > 0) ready.add(lane)
        pump()
      })
    }
  }

  /** Room for a stranger: the one that waits longest has its turn. */
  function uncrowd(): boolean {
    const lane = strangers.maySend() ? crowded.values().next().value : undefined
    if (lane === undefined) return false
    crowded.delete(lane)
    ready.add(lane)
    return true
  }

  /** Some memory is free again: each asks anew, in turn. */
  function uncramp() {
    for (const lane of cramped) if (lane.waiting.length > 0) ready.add(lane)
    cramped.clear()
  }

  /** Its first has a place in a rate that has not come yet: the lane is back when it has. */
  function isEarly(lane: Lane): boolean {
    const { notBefore } = lane.waiting[lane.next]!
    if (notBefore === undefined) return false
    const late = Math.max(0, lane.late - Math.max(0, notBefore - lane.place) * CATCH_UP)
    const earlyMs = notBefore + late - performance.now()
    if (earlyMs <= 0) {
      lane.place = notBefore
      lane.late = -earlyMs > ON_TIME_MS ? late - earlyMs : late
      return false
    }
    lane.parked ??= setTimeout(() => {
      lane.parked = null
      if (lane.waiting.length > 0) ready.add(lane)
      pump()
    }, earlyMs)
    return true
  }

  function takeFrom(lane: Lane): LeasedRun {
    const leased = lane.waiting[lane.next++]!
    if (lane.next === lane.waiting.length || lane.next > 1_000) {
      lane.waiting.splice(0, lane.next)
      lane.next = 0
    }
    return leased
  }

  /** What has not been started of a lane. */
  function takeWaiting(lane: Lane): LeasedRun[] {
    if (lane.parked !== null) clearTimeout(lane.parked)
    lane.parked = null
    ready.delete(lane)
    cramped.delete(lane)
    crowded.delete(lane)
    const waiting = lane.waiting.splice(0).slice(lane.next)
    lane.next = 0
    return waiting
  }

  /** The run has left the node's hands: recorded, released or dropped. */
  function done(leased: LeasedRun) {
    held--
    heldBytes -= bytesOf(leased)
    strangers.done(leased)
    const lane = lanes.get(leased.run.endpointId)
    if (lane === undefined) return
    lane.bytes -= bytesOf(leased)
    if (--lane.held === 0) lanes.delete(leased.run.endpointId)
    if (lane.wasFull && lane.held <= mayHold() / 2 && lane.bytes <= mayHoldBytes() / 2) {
      lane.wasFull = false
      relieved()
    }
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
      const mostBytes = mayHoldBytes()
      const endpoints: EndpointId[] = []
      for (const lane of lanes.values()) {
        if (lane.held < most && lane.bytes <= mostBytes) continue
        lane.wasFull = true
        endpoints.push(lane.endpointId)
      }
      return endpoints
    },
    /** Stops starting anything and gives back what has not been started. */
    pause(): LeasedRun[] {
      paused = true
      return [...lanes.values()].flatMap(takeWaiting)
    },
    /** Gives back what has not been started for this endpoint. */
    takeWaiting(id: EndpointId): LeasedRun[] {
      const lane = lanes.get(id)
      return lane === undefined ? [] : takeWaiting(lane)
    },
    strangersRoom: strangers.room,
    /** Gives back what strangers have here beyond their share and is not started: the last that came. */
    takeExcess(): LeasedRun[] {
      const excess = -strangers.room()
      const taken: LeasedRun[] = []
      if (excess <= 0) return taken
      for (const lane of [...lanes.values()].reverse()) {
        if (taken.length >= excess) break
        if (strangers.is(lane.endpointId)) taken.push(...takeWaiting(lane))
      }
      return taken
    },
    held: (id: EndpointId) => lanes.get(id)?.held ?? 0,
    resume() {
      paused = false
      pump()
    },
    counts: () => ({ held, heldBytes, inFlight, lanes: lanes.size }),
  }
}

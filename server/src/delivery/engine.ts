// Sends what is due: leased runs come in (handed over by accept, or claimed), go through their
// endpoint's lane, and come back as results that the recorder writes. Knows nothing of HTTP in or of
// who asked; meets the rest of Bellwire in the store.

import { setTimeout as delay } from 'node:timers/promises'
import { runName, type Verdict } from '../domain/delivery.ts'
import type { EndpointId, MessageId } from '../domain/ids.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { RetrySchedule } from '../domain/retry.ts'
import type { Store } from '../store/connect.ts'
import { isTransient } from '../store/errors.ts'
import { listRetrySchedules } from '../store/event-types.ts'
import { listLeasedRuns, releaseRuns } from '../store/leases.ts'
import { findPayload } from '../store/messages.ts'
import { type RunResult, recordOutcomes } from '../store/statements/record-outcomes.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Tracing } from '../tracing.ts'
import { createTokens } from './auth/tokens.ts'
import { createBreaker } from './breaker.ts'
import { watchChangedEndpoints } from './changed-endpoints.ts'
import { createClaimer } from './claimer.ts'
import { createClaims } from './claims.ts'
import { deliver, type LeasedRun, unreadable } from './deliver.ts'
import type { TlsIdentity } from './egress/tls-identity.ts'
import { createEndpointTrouble } from './endpoint-trouble.ts'
import { createLanes, type LaneLimits } from './lanes.ts'
import { createLostLeases } from './lost-leases.ts'
import { createNodeLease, LEASE_TIMES, type LeaseTimes } from './node-lease.ts'
import type { PreparedRequest } from './prepare.ts'
import { createRecorder } from './recorder.ts'
import { createSchedules } from './schedules.ts'
import type { Transform } from './shape.ts'
import { createTargets, type FindTargets } from './targets.ts'

export type EngineOptions = {
  store: Store
  /** No other node can be alive: what dead ones held is free at once. */
  alone: boolean
  findTargets: FindTargets
  send(request: PreparedRequest, tls: TlsIdentity | null): Promise<Outcome>
  transform: Transform
  telemetry: Telemetry
  /** Null when nobody has loaded an SDK. */
  tracing?: Tracing | null
  nodeName: string
  userAgent: string
  schedule: RetrySchedule
  disableAfterSeconds: number
  limits?: LaneLimits
  leaseTimes?: LeaseTimes
  clock?: () => Date
  random?: () => number
}

export type Engine = Awaited<ReturnType<typeof createEngine>>

export const LANE_LIMITS: LaneLimits = {
  maxHeld: 4_096,
  maxHeldBytes: 64 * 1024 * 1024,
  maxInFlight: 1_024,
  maxHeldPerEndpoint: 2_048,
  maxInFlightPerEndpoint: 100,
  maxLargeBytes: 64 * 1024 * 1024,
}

/** Every batch of messages asks, and thousands of circuits may be open. What is late by that is given back. */
const BORN_FREE_MS = 20

export async function createEngine(options: EngineOptions) {
  const { store, telemetry, limits = LANE_LIMITS, leaseTimes = LEASE_TIMES } = options
  const {
    clock = () => new Date(),
    random = Math.random,
    schedule,
    userAgent,
    send,
    tracing = null,
    transform,
  } = options
  const targets = createTargets(options.findTargets)
  const list = () => listRetrySchedules(store.db)
  const schedules = createSchedules({ list, configured: schedule, telemetry })
  const tokens = createTokens({ send: (request) => send(request, null), userAgent })
  const held = new Map<string, LeasedRun>()
  /** Whose result it is: after a lost lease the same run may be here twice. */
  const recording = new Map<RunResult, LeasedRun>()
  let stopping = false
  /** What comes back now is late: the lease is given up, and others will send it again. */
  let stopped = false

  const lease = await createNodeLease({
    pool: store.beats,
    name: options.nodeName,
    alone: options.alone,
    times: leaseTimes,
    telemetry,
    clock,
    onLost() {
      for (const leased of lanes.pause()) drop(leased)
      lanes.resume()
    },
    onFreed: () => claimer.wake(),
  })

  const breaker = createBreaker({
    most: limits.maxInFlightPerEndpoint,
    opened(id, pauseMs) {
      telemetry.circuitOpened(id, pauseMs)
      trouble.silent(id)
      void holdBack(lanes.takeWaiting(id))
      claimer.wakeIn(pauseMs)
    },
    answered: () => claimer.nudge(),
  })

  const lanes = createLanes({
    limits,
    start: sendOne,
    allowed: breaker.allowed,
    isKnown: breaker.isKnown,
    relieved: () => claimer.wake(),
  })

  async function sendOne(leased: LeasedRun): Promise<void> {
    // What may have been taken from us is not sent: wait for the next heartbeat to tell.
    while (!lease.isHeld() && lease.id() === leased.nodeId && !stopping) await sleep(100)
    if (lease.id() !== leased.nodeId || stopping) return drop(leased)
    const { endpointId } = leased.run
    // It was on its way to us when the circuit opened, and so was what is behind it.
    if (breaker.isPaused(endpointId)) return holdBack([leased, ...lanes.takeWaiting(endpointId)])
    try {
      const result = await deliver(leased, deps)
      if (result.attempt !== null) breaker.seen(endpointId, result.attempt.outcome)
      // It is switched off or gone: what waits for it ends without an attempt.
      else if (endsAll(result.verdict) && breaker.forget(endpointId)) claimer.nudge()
      if (!stopped) record(leased, result)
    } catch (error) {
      telemetry.trouble('delivery.prepare', error)
      if (isTransient(error)) await giveBack([leased], 1_000 + random() * 1_000)
      // A row that cannot be read would come back for ever: it fails like any attempt, by the schedule.
      else record(leased, unreadable(leased, { schedule, clock, random }))
    }
  }
  function record(leased: LeasedRun, result: RunResult) {
    recording.set(result, leased)
    recorder.add(result)
  }

  const deps = {
    ...{ send, tracing, transform, tokens, userAgent, clock, random },
    target: ({ run, revision }: LeasedRun) => targets.get(run.endpointId, revision),
    payload: (id: MessageId) => findPayload(store.db, id),
    schedule: schedules.of,
  }

  const recorder = createRecorder({
    async write(results, options) {
      if (await recordOutcomes(store.hot, results, options)) claimer.wake()
      telemetry.metrics.batch('record', results.length)
    },
    written(result) {
      const leased = recording.get(result)
      recording.delete(result)
      if (leased !== undefined) drop(leased)
      if (result.verdict.status === 'retry') claimer.wakeIn(result.verdict.delayMs + 5)
      else if (leased?.inOrder) claimer.wake()
      trouble.look(result)
      telemetry.deliveryAttempted(result)
    },
    unrecordable: () => lostLeases.suspect(),
    concurrency: 2,
    telemetry,
  })

  const trouble = createEndpointTrouble({
    db: store.db,
    periodSeconds: options.disableAfterSeconds,
    disabled(id, reason) {
      targets.forget(id)
      // The operator may be told.
      claimer.wake()
      telemetry.endpointDisabled(id, reason)
    },
    telemetry,
  })

  const claims = createClaims({
    pool: store.hot,
    maxHeld: limits.maxHeld,
    isKnown: breaker.isKnown,
    strangersRoom: lanes.strangersRoom,
  })

  const claimer = createClaimer({
    claim,
    take: putAll,
    room: () => (stopping || !lease.isHeld() ? 0 : lanes.room()),
    maxRoom: limits.maxHeld,
    telemetry,
  })

  async function claim(room: number, cursor: string | null) {
    try {
      const claimed = await claims({ nodeId: lease.id(), room, cursor, ...heldBack() })
      if (claimed.runs.length > 0) telemetry.metrics.batch('claim', claimed.runs.length)
      return claimed
    } catch (error) {
      lostLeases.suspect()
      throw error
    }
  }

  /** Takes runs in hand, and gives back what strangers have beyond their share. */
  function putAll(runs: LeasedRun[]) {
    for (const leased of runs) put(leased)
    lanes.pump()
    void holdBack(lanes.takeExcess())
  }

  function put(leased: LeasedRun) {
    held.set(runName(leased.run), leased)
    targets.expect(leased.run.endpointId, leased.revision)
    lanes.put(leased)
  }

  function drop(leased: LeasedRun) {
    // After a lost lease the same run may be here again under a new one.
    if (held.get(runName(leased.run)) === leased) held.delete(runName(leased.run))
    lanes.done(leased)
    claimer.freed()
  }

  /** Endpoints that get nothing more from this node now, and those that get a few. */
  function heldBack() {
    const few: { endpointId: EndpointId; most: number }[] = []
    const full = lanes.full()
    for (const { endpointId, most } of breaker.held()) {
      const room = most - lanes.held(endpointId)
      if (room > 0) few.push({ endpointId, most: room })
      else full.push(endpointId)
    }
    return { full, few }
  }

  let bornFreeAt = Number.NEGATIVE_INFINITY
  let bornFreeNow: EndpointId[] = []

  /** Claims choose what asks whether an endpoint is there again: the oldest. */
  function bornFree(): EndpointId[] {
    const now = performance.now()
    if (now - bornFreeAt < BORN_FREE_MS) return bornFreeNow
    const { full, few } = heldBack()
    const probed = few.filter(({ endpointId }) => breaker.allowed(endpointId) === 1)
    bornFreeNow = [...full, ...probed.map(({ endpointId }) => endpointId)]
    bornFreeAt = now
    return bornFreeNow
  }

  /** Waits free until the circuit of its endpoint lets more through. */
  function holdBack(runs: LeasedRun[]) {
    if (runs.length > 0) return giveBack(runs, null)
  }

  async function giveBack(given: LeasedRun[], delayMs: number | null) {
    const { nodeId } = given[0]!
    try {
      await releaseRuns(store.pool, nodeId, { runs: given.map(({ run }) => run), delayMs })
    } catch (error) {
      telemetry.trouble('leases.release', error)
      lostLeases.suspect()
    }
    for (const leased of given) drop(leased)
    claimer.wakeIn(delayMs ?? 0)
  }

  const lostLeases = createLostLeases({
    list: () => listLeasedRuns(store.pool, lease.id()),
    isHeld: (run) => held.has(runName(run)),
    async release(runs) {
      await releaseRuns(store.pool, lease.id(), { runs })
      claimer.wake()
    },
    telemetry,
  })

  const changes = options.alone
    ? null
    : watchChangedEndpoints({ db: store.db, changed: targets.forgetOlder, telemetry })

  claimer.wake()

  return {
    /** What accept may lease to this node right now. */
    offer: () => ({
      nodeId: lease.id(),
      room: stopping || !lease.isHeld() ? 0 : lanes.room(),
      full: bornFree(),
    }),
    /** Runs that were just leased to this node by `offer`, in the transaction that made them. */
    handOver: putAll,
    /** Something is free and due: a resend, or deliveries that found no room. */
    wake: () => claimer.wake(),
    backlog: () => claimer.backlog(),
    /** Deliveries that have a rate or an order were born: claims find out whether one may be sent. */
    limitedBorn: () => claimer.nudge(),
    suspectLostLeases: lostLeases.suspect,
    /** The endpoint was changed: the next attempt reads it anew. */
    forgetEndpoint(id: EndpointId) {
      targets.forget(id)
      breaker.forget(id)
      // What waits here comes back by a claim, which knows its new rate.
      void holdBack(lanes.takeWaiting(id))
    },
    forgetEndpoints: () => targets.forgetAll(),
    counts: lanes.counts,
    isHeld: () => lease.isHeld(),
    clockOffsetMs: () => lease.clockOffsetMs(),
    /** Claims nothing more, finishes what is in flight within `graceMs`, records, frees the rest. */
    async stop(graceMs: number) {
      stopping = true
      await changes?.stop()
      await claimer.stop()
      for (const leased of lanes.pause()) drop(leased)
      const deadline = performance.now() + graceMs
      while (lanes.counts().inFlight > 0 && performance.now() < deadline) await sleep(20)
      await within(
        Math.max(2_000, deadline - performance.now()),
        recorder.drained().then(trouble.drained),
      )
      stopped = true
      await telemetry.bestEffort('node.release', () => lease.stop())
    },
  }
}

/** Not this delivery alone, as when its code cancels it or its payload is gone. */
const endsAll = (verdict: Verdict) =>
  verdict.status === 'cancelled' &&
  (verdict.reason === 'endpoint_disabled' || verdict.reason === 'endpoint_deleted')

/** Waits for `work`, but no longer than `ms`; leaves no timer behind. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const limit = new AbortController()
  const late = delay(ms, undefined, { signal: limit.signal }).catch(() => {})
  await Promise.race([work, late])
  limit.abort()
}

const sleep = (ms: number) => delay(ms)

// What makes this process a node: a heartbeat that renews everything it holds at once. When beats are
// missed long enough, others take over; this side stops sending before that, by the monotonic clock,
// and a node that finds itself declared dead drops what it holds and starts anew under another id.

import type { Pool } from '../store/connect.ts'
import {
  freeDeadNodes,
  hasDeadNodes,
  recordHeartbeat,
  registerNode,
  releaseNode,
} from '../store/nodes.ts'
import type { Telemetry } from '../telemetry.ts'

export type LeaseTimes = { beatMs: number; silentMs: number }
export const LEASE_TIMES: LeaseTimes = { beatMs: 2_000, silentMs: 12_000 }

/** Stop sending this much before others may take over: a request must not start at the last moment. */
const MARGIN = 0.25
/** What a dead node leased after it was removed is found this often; with a million waiting it costs 0.1 s. */
const ORPHANS_EVERY_MS = 30_000

type Options = {
  pool: Pool
  name: string
  alone: boolean
  times: LeaseTimes
  telemetry: Telemetry
  clock(): Date
  /** Others hold our work now: drop it. */
  onLost(): void
  /** Work of a dead node became free. */
  onFreed(): void
}

export async function createNodeLease(options: Options) {
  const { pool, name, alone, times, telemetry, clock, onLost, onFreed } = options
  let nodeId = await registerNode(pool, name)
  let renewedAt = performance.now()
  let lastBeatAt = renewedAt
  let heardSince = renewedAt
  /** When all that is unfinished was last searched for what a node left that is gone. */
  let lookedAt = renewedAt
  let stopped = false
  /** How far this machine's clock is ahead of the database's. */
  let clockOffsetMs = 0
  if (alone) await takeOver(0)

  async function takeOver(silentMs: number) {
    const { nodes, freed } = await freeDeadNodes(pool, { silentMs, except: nodeId })
    if (nodes > 0) telemetry.leasesFreed(nodes, freed)
    return freed
  }

  async function beat() {
    const startedAt = performance.now()
    const databaseMs = await recordHeartbeat(pool, nodeId)
    if (databaseMs !== null) {
      renewedAt = startedAt
      compareClocks(databaseMs, performance.now() - startedAt)
    } else {
      telemetry.log.error(
        { event: 'node.lost', nodeId },
        'declared dead by another node: starting anew',
      )
      onLost()
      nodeId = await registerNode(pool, name)
      renewedAt = startedAt
    }
    // After an outage of the database everybody's beats are old: only who has been heard for a whole
    // lease may call others silent.
    if (startedAt - lastBeatAt > 2 * times.beatMs) heardSince = startedAt
    lastBeatAt = startedAt
    if (startedAt - heardSince < times.silentMs) return
    const orphansAt = lookedAt + ORPHANS_EVERY_MS
    const dead = { silentMs: times.silentMs, except: nodeId }
    if (startedAt < orphansAt && !(await hasDeadNodes(pool, dead))) return
    lookedAt = startedAt
    if ((await takeOver(times.silentMs)) > 0) onFreed()
  }

  function compareClocks(databaseMs: number, roundTripMs: number) {
    const offsetMs = clock().getTime() - roundTripMs / 2 - databaseMs
    // A slow answer says little, but never more than it was slow.
    clockOffsetMs = Math.sign(offsetMs) * Math.max(0, Math.abs(offsetMs) - roundTripMs / 2)
    telemetry.clocksCompared(clockOffsetMs)
  }

  // One beat at a time: of several late ones each would find the node gone and register another.
  let beating = false
  const timer = setInterval(async () => {
    if (stopped || beating) return
    beating = true
    await telemetry.bestEffort('node.heartbeat', beat)
    beating = false
  }, times.beatMs)

  return {
    id: () => nodeId,
    clockOffsetMs: () => clockOffsetMs,
    /** Whether what this node holds is surely still its own. */
    isHeld: () => performance.now() - renewedAt < times.silentMs * (1 - MARGIN),
    async stop() {
      stopped = true
      clearInterval(timer)
      await releaseNode(pool, nodeId)
    },
  }
}

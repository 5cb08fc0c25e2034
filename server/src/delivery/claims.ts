// How the node takes from what is free and due: from everybody in turn, or, while strangers hold their
// share of it, from those alone that are known to answer.
import type { EndpointId } from '../domain/ids.ts'
import type { Pool } from '../store/connect.ts'
import { claimDeliveries } from '../store/statements/claim-deliveries.ts'
import { findDueEndpoints } from '../store/statements/find-due-endpoints.ts'
import type { LeasedRun } from './deliver.ts'

/** How much of one endpoint a claim may take: enough that a backlog drains in few round trips. */
const CLAIMED_PER_ENDPOINT = 500
/** A claim from everybody is for at least that much of the node: fewer rows cost as much. */
const LEAST_FOR_STRANGERS = 1 / 20

type Options = {
  pool: Pool
  maxHeld: number
  isKnown(id: EndpointId): boolean
  /** How much more of endpoints that are not known the node may hold. */
  strangersRoom(): number
}

type Take = {
  nodeId: string
  room: number
  cursor: string | null
  /** Endpoints that get nothing more from this node now, and those that get a few. */
  full: EndpointId[]
  few: { endpointId: EndpointId; most: number }[]
}

export function createClaims({ pool, maxHeld, isKnown, strangersRoom }: Options) {
  let clockAhead = Number.POSITIVE_INFINITY

  function claim(take: Take & { only?: EndpointId[] }) {
    return claimDeliveries(pool, { ...take, perEndpoint: CLAIMED_PER_ENDPOINT })
  }

  async function claimOfKnown(take: Take) {
    const { endpointIds, steps, cursor } = await findDueEndpoints(pool, take.cursor)
    const only = endpointIds.filter(isKnown)
    if (only.length === 0) return { runs: [], againMs: null, nowMs: null, steps, cursor }
    return { ...(await claim({ ...take, only })), steps, cursor }
  }

  return async (take: Take) => {
    const forStrangers = strangersRoom()
    const claimed =
      forStrangers < maxHeld * LEAST_FOR_STRANGERS
        ? await claimOfKnown(take)
        : await claim({ ...take, room: Math.min(take.room, forStrangers) })
    const { nowMs, againMs, steps, cursor } = claimed
    // Answers come late, never early: the quickest says best what the database's time is here.
    if (nowMs !== null) clockAhead = Math.min(clockAhead, performance.now() - nowMs)
    const now = (nowMs ?? 0) + clockAhead
    const runs = claimed.runs.map(({ waitMs, ...run }): LeasedRun => {
      const leased = { ...run, nodeId: take.nodeId }
      return waitMs === null ? leased : { ...leased, notBefore: now + waitMs }
    })
    return { runs, againMs, steps, cursor }
  }
}

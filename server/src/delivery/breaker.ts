// The circuits of this node's endpoints. Only endpoints in trouble have one, so that success costs a
// look into an empty map. Each node finds out by itself: what one leaves in peace another may try.
import { answerOf, type Circuit, circuitAfter } from '../domain/circuit.ts'
import type { EndpointId } from '../domain/ids.ts'
import type { Outcome } from '../domain/outcome.ts'

const MAX_CIRCUITS = 20_000
const MAX_KNOWN = 50_000

type Options = {
  /** How many at a time an endpoint may have when nothing is wrong. */
  most: number
  /** Nothing goes to it for `pauseMs`, then one at a time. */
  opened(id: EndpointId, pauseMs: number): void
  /** It answered again. */
  answered(id: EndpointId): void
}

export function createBreaker({ most, opened, answered }: Options) {
  const circuits = new Map<EndpointId, Circuit>()
  const known = new Set<EndpointId>()

  function set(id: EndpointId, circuit: Circuit | null) {
    circuits.delete(id)
    if (circuit === null) return
    if (circuits.size >= MAX_CIRCUITS) circuits.delete(circuits.keys().next().value!)
    circuits.set(id, circuit)
  }

  function know(id: EndpointId) {
    if (known.has(id)) return
    if (known.size >= MAX_KNOWN) known.delete(known.values().next().value!)
    known.add(id)
  }

  return {
    seen(id: EndpointId, outcome: Outcome) {
      if (circuits.size === 0 && outcome.kind === 'delivered') return know(id)
      const answer = answerOf(outcome)
      if (answer === null) return
      if (outcome.kind === 'delivered') know(id)
      else known.delete(id)
      const before = circuits.get(id) ?? null
      const after = circuitAfter(before, answer, { now: performance.now(), most })
      if (after === before) return
      set(id, after)
      if (after?.state === 'open') opened(id, after.pauseMs)
      else if (before !== null && before.state !== 'failing') answered(id)
    },
    /** Its last attempt was delivered. */
    isKnown: (id: EndpointId) => known.has(id),
    /** How many may be in flight to it. */
    allowed(id: EndpointId): number {
      const circuit = circuits.size === 0 ? undefined : circuits.get(id)
      if (circuit === undefined || circuit.state === 'failing') return Number.POSITIVE_INFINITY
      return circuit.state === 'open' ? 1 : circuit.allowed
    },
    /** Nothing is sent to it now. */
    isPaused(id: EndpointId): boolean {
      const circuit = circuits.size === 0 ? undefined : circuits.get(id)
      return circuit?.state === 'open' && performance.now() < circuit.probeAt
    },
    /** Endpoints of which the node takes no more into its hands than so many. */
    held(): { endpointId: EndpointId; most: number }[] {
      const now = performance.now()
      return [...circuits].flatMap(([endpointId, circuit]) => {
        if (circuit.state === 'failing') return []
        if (circuit.state === 'ramping') return [{ endpointId, most: 2 * circuit.allowed }]
        return [{ endpointId, most: now < circuit.probeAt ? 0 : 1 }]
      })
    },
    /** It was changed: whatever was wrong may be right. */
    forget: (id: EndpointId) => circuits.delete(id),
  }
}

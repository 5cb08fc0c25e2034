// When an endpoint that does not answer is left in peace, and how it comes back: after some attempts
// without any answer its circuit opens, and only one attempt at a time asks whether it is there again,
// each a while after the last. Any answer, a 500 too, lets more and more through again: what answers
// holds nothing of ours for long, and its failures have the retry schedule.
import { countsAgainstEndpoint } from './health.ts'
import type { FailureCode, Outcome } from './outcome.ts'

export const OPENS_AFTER = 10
export const FIRST_PAUSE_MS = 1_000
export const LONGEST_PAUSE_MS = 10_000

/** None at all means that nothing is known against the endpoint. */
export type Circuit =
  | { state: 'failing'; inARow: number }
  /** Until `probeAt` nothing is sent, then one at a time. */
  | { state: 'open'; probeAt: number; pauseMs: number }
  /** It answers again: so many at a time. */
  | { state: 'ramping'; allowed: number; pauseMs: number }

/** It was never asked: what failed is ours to decide, or its owner's to mend. */
const NEVER_ASKED: FailureCode[] = [
  'blocked_destination',
  'endpoint_unreadable',
  'transformation_failed',
]

/** `silent` held a place until we gave up; `null` says nothing about the endpoint. */
export function answerOf(outcome: Outcome): 'answered' | 'silent' | null {
  if (outcome.kind === 'delivered') return 'answered'
  const { failure, answer } = outcome
  if (!countsAgainstEndpoint(failure)) return null
  if (NEVER_ASKED.includes(failure.code)) return null
  // The endpoint was not asked. Its token server may hold a place as long as a receiver does.
  if (failure.code === 'auth_failed') {
    return failure.detail === 'timeout' || failure.detail === 'unreachable' ? 'silent' : null
  }
  // An answer that begins and never ends holds a place as long as none.
  return answer === undefined || failure.code === 'timeout' ? 'silent' : 'answered'
}

type Seen = { now: number; most: number }

/** `most` is how many at a time an endpoint may have when nothing is wrong. */
export function circuitAfter(
  circuit: Circuit | null,
  answer: 'answered' | 'silent',
  { now, most }: Seen,
): Circuit | null {
  if (answer === 'answered') {
    if (circuit === null || circuit.state === 'failing') return null
    const allowed = circuit.state === 'open' ? 2 : circuit.allowed + 1
    const pauseMs = Math.max(circuit.pauseMs / 2, FIRST_PAUSE_MS)
    return allowed >= most ? null : { state: 'ramping', allowed, pauseMs }
  }
  if (circuit === null) return { state: 'failing', inARow: 1 }
  if (circuit.state === 'failing') {
    const inARow = circuit.inARow + 1
    return inARow < OPENS_AFTER ? { state: 'failing', inARow } : open(FIRST_PAUSE_MS, now)
  }
  // What was under way when it opened comes back late and says nothing new.
  if (circuit.state === 'open' && now < circuit.probeAt) return circuit
  // One among answers is no outage: a receiver that drops kept connections would be left alone for ever.
  if (circuit.state === 'ramping' && circuit.allowed > 2) {
    return { ...circuit, allowed: Math.floor(circuit.allowed / 2) }
  }
  return open(Math.min(circuit.pauseMs * 2, LONGEST_PAUSE_MS), now)
}

const open = (pauseMs: number, now: number): Circuit => ({
  state: 'open',
  probeAt: now + pauseMs,
  pauseMs,
})

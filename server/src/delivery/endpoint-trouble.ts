// What follows from an attempt for its endpoint, besides the delivery: switched off because it is
// gone or asked for it, or because it has failed for too long; a hook that is gone is deleted. Comes after
// the record; if the process dies in between, the next attempt tells the same.
import { type DisabledReason, disableReasonOf } from '../domain/health.ts'
import type { EndpointId } from '../domain/ids.ts'
import type { Store } from '../store/connect.ts'
import { disableEndpoint } from '../store/endpoint-disabling.ts'
import { countFailures, forgetFailures, recordExhausted } from '../store/endpoint-health.ts'
import { deleteGoneEndpoint } from '../store/gone-endpoints.ts'
import type { RunResult } from '../store/statements/record-outcomes.ts'
import type { Telemetry } from '../telemetry.ts'
import { createTurns } from './turns.ts'

/** Ten thousand endpoints that give up together must not keep everybody else from the database. */
const AT_ONCE = 2

type Options = {
  db: Store['db']
  /** How long an endpoint may fail without one success. */
  periodSeconds: number
  disabled(id: EndpointId, reason: DisabledReason): void
  telemetry: Telemetry
}

export function createEndpointTrouble({ db, periodSeconds, disabled, telemetry }: Options) {
  const underway = new Set<Promise<void>>()
  const inTurn = createTurns(AT_ONCE)
  /** What came while a note of the endpoint was under way, in its order; it is counted then. */
  const counted = new Map<EndpointId, { failures: number; afterSuccess: boolean }>()
  const counting = new Set<EndpointId>()
  /** Exhausted deliveries come by the thousand; one note at a time says it all. */
  const noting = new Set<EndpointId>()

  async function noteFailing(id: EndpointId) {
    if (await recordExhausted(db, id, { periodSeconds })) disabled(id, 'failing')
  }

  async function note({ run: { endpointId }, verdict, attempt }: RunResult) {
    const asked = disableReasonOf(attempt?.outcome.answer)
    if (asked === 'gone' && (await deleteGoneEndpoint(db, endpointId))) disabled(endpointId, asked)
    else if (asked !== null) {
      if (await disableEndpoint(db, endpointId, { reason: asked })) disabled(endpointId, asked)
    } else if ('reason' in verdict && verdict.reason === 'exhausted') await noteFailing(endpointId)
  }

  /** One statement at a time for each endpoint, and so many failures in each as have come. */
  function count(id: EndpointId) {
    const present = counted.get(id)
    if (present === undefined) counted.set(id, { failures: 1, afterSuccess: false })
    else present.failures++
    if (counting.has(id)) return
    counting.add(id)
    // After this turn, so that what was written together is counted together.
    const work = async () => {
      for (let next = counted.get(id); next !== undefined; next = counted.get(id)) {
        counted.delete(id)
        if (next.failures === 0) await forgetFailures(db, id)
        else if (await countFailures(db, id, next)) disabled(id, 'failures')
      }
    }
    const later = () =>
      new Promise<void>((resolve) => setImmediate(resolve)).then(() => inTurn(work))
    const noted = telemetry.bestEffort('endpoint.failures', later).finally(() => {
      counting.delete(id)
      underway.delete(noted)
    })
    underway.add(noted)
  }

  function begin(id: EndpointId, work: () => Promise<void>) {
    if (noting.has(id)) return
    noting.add(id)
    const noted = telemetry.bestEffort('endpoint.health', work).finally(() => {
      noting.delete(id)
      underway.delete(noted)
    })
    underway.add(noted)
  }

  return {
    /** Costs nothing when there is no trouble. */
    look(result: RunResult) {
      const { attempt, verdict, run } = result
      // A success ends the row of failures, those too that are being counted at this moment.
      if (attempt?.outcome.kind === 'delivered' && counting.has(run.endpointId)) {
        counted.set(run.endpointId, { failures: 0, afterSuccess: true })
      }
      const exhausted = 'reason' in verdict && verdict.reason === 'exhausted'
      const isAsked = disableReasonOf(attempt?.outcome.answer) !== null
      if (!exhausted && !isAsked) return
      if (exhausted) count(run.endpointId)
      // Who asks for an end gets it at once.
      begin(run.endpointId, () => (isAsked ? note(result) : inTurn(() => note(result))))
    },
    /** It does not answer: what waits for it meanwhile exhausts late, and must not hide that. */
    silent: (id: EndpointId) => begin(id, () => inTurn(() => noteFailing(id))),
    async drained() {
      await Promise.all(underway)
    },
  }
}

// What follows from an attempt for its endpoint, besides the delivery: switched off because it is
// gone or asked for it, or because it has failed for too long; a hook that is gone is deleted. Comes after the record; if the process
// dies in between, the next attempt tells the same.
import { type DisabledReason, disableReasonOf } from '../domain/health.ts'
import type { EndpointId } from '../domain/ids.ts'
import type { Store } from '../store/connect.ts'
import { disableEndpoint } from '../store/endpoint-disabling.ts'
import { recordExhausted } from '../store/endpoint-health.ts'
import { deleteGoneHook } from '../store/gone-hooks.ts'
import type { RunResult } from '../store/statements/record-outcomes.ts'
import type { Telemetry } from '../telemetry.ts'

type Options = {
  db: Store['db']
  /** How long an endpoint may fail without one success. */
  periodSeconds: number
  disabled(id: EndpointId, reason: DisabledReason): void
  telemetry: Telemetry
}

export function createEndpointTrouble({ db, periodSeconds, disabled, telemetry }: Options) {
  const underway = new Set<Promise<void>>()
  /** Exhausted deliveries come by the thousand; one note at a time says it all. */
  const noting = new Set<EndpointId>()

  async function noteFailing(id: EndpointId) {
    if (await recordExhausted(db, id, { periodSeconds })) disabled(id, 'failing')
  }

  async function note({ run: { endpointId }, verdict, attempt }: RunResult) {
    const asked = disableReasonOf(attempt?.outcome.answer)
    if (asked === 'gone' && (await deleteGoneHook(db, endpointId))) disabled(endpointId, asked)
    else if (asked !== null) {
      if (await disableEndpoint(db, endpointId, { reason: asked })) disabled(endpointId, asked)
    } else if ('reason' in verdict && verdict.reason === 'exhausted') await noteFailing(endpointId)
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
      const { attempt, verdict } = result
      const exhausted = 'reason' in verdict && verdict.reason === 'exhausted'
      if (!exhausted && disableReasonOf(attempt?.outcome.answer) === null) return
      begin(result.run.endpointId, () => note(result))
    },
    /** It does not answer: what waits for it meanwhile exhausts late, and must not hide that. */
    silent: (id: EndpointId) => begin(id, () => noteFailing(id)),
    async drained() {
      await Promise.all(underway)
    },
  }
}

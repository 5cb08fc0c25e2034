// What follows from an attempt for its endpoint, besides the delivery: switched off because it is
// gone or asked for it, or because it has failed for too long. Comes after the record; if the process
// dies in between, the next attempt tells the same.
import { type DisabledReason, disableReasonOf } from '../domain/health.ts'
import type { EndpointId } from '../domain/ids.ts'
import type { Store } from '../store/connect.ts'
import { disableEndpoint } from '../store/endpoint-disabling.ts'
import { recordExhausted } from '../store/endpoint-health.ts'
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

  async function note({ run: { endpointId }, verdict, attempt }: RunResult) {
    const asked = disableReasonOf(attempt?.outcome.answer)
    if (asked !== null) {
      if (await disableEndpoint(db, endpointId, { reason: asked })) disabled(endpointId, asked)
    } else if ('reason' in verdict && verdict.reason === 'exhausted') {
      if (await recordExhausted(db, endpointId, { periodSeconds })) disabled(endpointId, 'failing')
    }
  }

  return {
    /** Costs nothing when there is no trouble. */
    look(result: RunResult) {
      const { attempt, verdict } = result
      const exhausted = 'reason' in verdict && verdict.reason === 'exhausted'
      if (!exhausted && disableReasonOf(attempt?.outcome.answer) === null) return
      const { endpointId } = result.run
      if (noting.has(endpointId)) return
      noting.add(endpointId)
      const noted = telemetry
        .bestEffort('endpoint.health', () => note(result))
        .finally(() => {
          noting.delete(endpointId)
          underway.delete(noted)
        })
      underway.add(noted)
    },
    async drained() {
      await Promise.all(underway)
    },
  }
}

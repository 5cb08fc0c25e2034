// The logger and one function per event worth telling: the line and its counter are written
// together. Lines have named fields only; no payloads, no header values, URLs without their query.
import { type Logger, pino } from 'pino'
import type { RunKey, Verdict } from './domain/delivery.ts'
import { CLOCK_OFFSET_MS, type DisabledReason } from './domain/health.ts'
import type { EndpointId } from './domain/ids.ts'
import type { Failure } from './domain/outcome.ts'
import { createMetrics, type RequestKind } from './metrics.ts'
import type { RunResult } from './store/statements/record-outcomes.ts'

export type Telemetry = ReturnType<typeof createTelemetry>

const REPEAT_MS = 1_000
const MESSAGES = '/api/v1/app/:app_ref/msg'
const SOURCES = '/in/:token'

/** For `dev`, which says in words what did not arrive. */
export type FailedAttempt = { run: RunKey; url: string; failure: Failure; decision: string }

type Options = { level: string; onFailedAttempt?: (attempt: FailedAttempt) => void }

const MAX_LOG_BYTES = 4 * 1024 * 1024

export function createTelemetry({ level, onFailedAttempt }: Options) {
  // Data goes to stdout; what we have to say about ourselves goes to stderr.
  const log: Logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    // Whoever reads it may be slow: nobody's delivery waits for that, and what is not taken is dropped.
    pino.destination({ dest: 2, sync: false, maxLength: MAX_LOG_BYTES }),
  )
  const lastSaid = new Map<string, number>()
  const metrics = createMetrics()
  let clockIsOff = false

  function isTime(event: string): boolean {
    const now = performance.now()
    if (now - (lastSaid.get(event) ?? -REPEAT_MS) < REPEAT_MS) return false
    lastSaid.set(event, now)
    return true
  }

  /** A cause that repeats says so at most once a second. */
  function trouble(event: string, error: unknown) {
    metrics.troubled(event)
    if (!isTime(event)) return
    log.error({ event, error: describe(error) }, event)
  }

  return {
    log,
    metrics,
    trouble,
    /** For work whose failure must not stop what called it; the failure is told, never swallowed. */
    async bestEffort(what: string, work: () => Promise<unknown>) {
      try {
        await work()
      } catch (error) {
        trouble(what, error)
      }
    },
    deliveryAttempted(result: RunResult) {
      metrics.attempted(result)
      const { run, verdict, attempt } = result
      if (attempt === null) return
      const { outcome } = attempt
      const level = outcome.kind === 'delivered' ? 'debug' : 'info'
      const isLogged = log.isLevelEnabled(level)
      if (!isLogged && outcome.kind === 'delivered') return
      const decision = decisionOf(verdict)
      if (outcome.kind === 'failed') {
        onFailedAttempt?.({ run, url: attempt.url, failure: outcome.failure, decision })
      }
      if (!isLogged) return
      log[level]({
        event: 'delivery.attempted',
        ...run,
        attemptId: attempt.id,
        attempt: verdict.attempts,
        outcome: outcome.kind === 'delivered' ? 'delivered' : outcome.failure.code,
        note: outcome.kind === 'failed' ? outcome.failure.operatorNote : undefined,
        status: outcome.answer?.status,
        durationMs: Math.round(outcome.durationMs),
        decision,
      })
    },
    endpointDisabled(endpointId: EndpointId, reason: DisabledReason) {
      metrics.endpointDisabled(reason)
      log.warn({ event: 'endpoint.disabled', endpointId, reason })
    },
    circuitOpened(endpointId: EndpointId, pauseMs: number) {
      log.info({ event: 'circuit.opened', endpointId, pauseMs })
    },
    /** Said at most once a second, whatever the number. */
    tooManyUnknownTokens(address: string) {
      if (!isTime('tokens.refused')) return
      log.warn({ event: 'tokens.refused', address }, 'too many unknown tokens from one address')
    },
    /** Told when it begins and when it is over, not at every heartbeat. */
    clocksCompared(offsetMs: number) {
      const isOff = Math.abs(offsetMs) > CLOCK_OFFSET_MS
      if (isOff === clockIsOff) return
      clockIsOff = isOff
      const seconds = Math.round(offsetMs / 1000)
      const text = isOff
        ? "this machine's clock and the database's differ: receivers may refuse signatures"
        : "this machine's clock and the database's agree again"
      log.warn({ event: 'clock.offset', seconds }, text)
    },
    /** At start. */
    databaseUnsafe(text: string) {
      log.warn({ event: 'database.unsafe' }, text)
    },
    databasePooled({ limitsTime }: { limitsTime: boolean }) {
      const text = 'a pooler is between us and PostgreSQL'
      if (limitsTime) log.info({ event: 'database.pooled' }, text)
      else
        log.warn(
          { event: 'database.pooled' },
          `${text}: set lock_timeout and statement_timeout for our role, see docs/production.md`,
        )
    },
    tracingImpossible(error: unknown) {
      log.warn(
        { event: 'tracing.impossible', error: describe(error) },
        'an OpenTelemetry SDK is loaded, but no @opentelemetry/api that fits it: see docs/monitoring.md',
      )
    },
    leasesFreed(nodes: number, freed: number) {
      metrics.leasesFreed(freed)
      log.warn({ event: 'leases.freed', nodes, freed }, 'took over what a dead node held')
    },
    requestServed(line: {
      method: string
      route: string
      status: number
      durationMs: number
      requestId: string
    }) {
      metrics.requestServed(line.status, kindOf(line), line.durationMs / 1000)
      if (!log.isLevelEnabled('debug')) return
      log.debug({ event: 'request.served', ...line, durationMs: Math.round(line.durationMs) })
    },
  }
}

function kindOf({ method, route }: { method: string; route: string }): RequestKind {
  if (route === SOURCES) return 'inbound'
  return method === 'POST' && route === MESSAGES ? 'message' : 'other'
}

function decisionOf(verdict: Verdict): string {
  if (verdict.status === 'retry') return `again in ${Math.round(verdict.delayMs / 100) / 10} s`
  return 'reason' in verdict ? `${verdict.status}: ${verdict.reason}` : verdict.status
}

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  const code = 'code' in error ? error.code : undefined
  return { name: error.name, code, message: error.message, stack: error.stack }
}

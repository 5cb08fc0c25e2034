// The numbers behind /metrics. Labels have few values and never an id, a name or a URL: a label per
// customer would tell who they are, and every new value costs memory for ever. What happens by the
// thousand is counted by the batch where a batch exists.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { RunKey, Verdict } from './domain/delivery.ts'
import { msOf } from './domain/ids.ts'
import type { MadeAttempt } from './store/statements/record-outcomes.ts'

const QUICK = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const SLOW = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]
/** A first attempt may have waited behind an outage. */
const WAITED = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const BATCH = [1, 2, 5, 10, 25, 50, 100, 250, 500]

export type Metrics = ReturnType<typeof createMetrics>
export type RequestKind = 'message' | 'inbound' | 'other'
export type InboundResult = 'accepted' | 'duplicate' | 'handshake' | 'rejected' | 'unavailable'
type Statement = 'accept' | 'accept_inbound' | 'claim' | 'record'
type Result = { run: RunKey; verdict: Verdict; attempt: MadeAttempt | null }

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter<Label>({ name: `bellwire_${name}`, help, labelNames, registers })
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `bellwire_${name}`, help, buckets, registers })

  const messages = counter('messages_total', 'Messages by what became of their request.', [
    'result',
  ])
  const webhooks = counter(
    'inbound_requests_total',
    'Requests at sources, by what became of them.',
    ['result', 'reason'],
  )
  const requests = counter('http_requests_total', 'Requests answered, by class of status.', [
    'status',
  ])
  const attempts = counter('attempts_total', 'Attempts recorded, by outcome.', ['outcome'])
  const deliveries = counter('deliveries_finished_total', 'Deliveries that ended here, by how.', [
    'status',
  ])
  const troubles = counter('troubles_total', 'Things this node could not do, by kind.', ['event'])
  const freed = counter('leases_freed_total', 'Deliveries taken back from whom had lost them.')
  const disabled = counter('endpoints_disabled_total', 'Endpoints switched off, by reason.', [
    'reason',
  ])
  const batches = new Histogram({
    name: 'bellwire_batch_size',
    help: 'Rows that one statement took along.',
    labelNames: ['statement'],
    buckets: BATCH,
    registers,
  })
  const accepting = histogram(
    'accept_seconds',
    'From a message request to its answer, accepted or not.',
    QUICK,
  )
  const receiving = histogram(
    'inbound_seconds',
    'From a request at a source to its answer, accepted or not.',
    QUICK,
  )
  const firstAttempt = histogram(
    'first_attempt_seconds',
    'From accepting a message to the end of a first attempt.',
    WAITED,
  )
  const attempting = histogram('attempt_seconds', 'How long attempts took.', SLOW)

  return {
    registry,
    /** Starts the watch on the event loop, memory and descriptors; a process does so once. */
    watchProcess: () => collectDefaultMetrics({ register: registry }),
    /** A figure that is read when somebody asks for it; `over` says what several processes make of it. */
    gauge(name: string, { help, read, over = 'sum' }: GaugeOptions) {
      const labelNames = name === 'pool_connections' ? ['pool', 'state'] : []
      const gauge: Gauge<string> = new Gauge({
        name: `bellwire_${name}`,
        help,
        labelNames,
        registers,
        aggregator: over,
        async collect() {
          // What is not known now is not there: neither zero nor what it was.
          if (labelNames.length > 0) gauge.reset()
          else gauge.remove()
          await read((value, labels = {}) => gauge.set(labels, value))
        },
      })
    },
    /** `reason` is one of a list: nothing that a stranger can write. */
    inbound: (result: InboundResult, reason = '') => webhooks.inc({ result, reason }),
    batch: (statement: Statement, size: number) => batches.observe({ statement }, size),
    messages: (result: 'accepted' | 'duplicate' | 'no_application', count: number) =>
      messages.inc({ result }, count),
    troubled: (event: string) => troubles.inc({ event }),
    leasesFreed: (count: number) => freed.inc(count),
    endpointDisabled: (reason: string) => disabled.inc({ reason }),
    requestServed(status: number, kind: RequestKind, seconds: number) {
      requests.inc({ status: `${Math.floor(status / 100)}xx` })
      if (kind === 'inbound') receiving.observe(seconds)
      if (kind !== 'message') return
      accepting.observe(seconds)
      if (status === 503) messages.inc({ result: 'unavailable' })
      else if (status >= 400 && status !== 409 && status !== 404)
        messages.inc({ result: 'invalid' })
    },
    attempted({ run, verdict, attempt }: Result) {
      if (verdict.status !== 'retry') deliveries.inc({ status: statusOf(verdict) })
      if (attempt === null) return
      const { outcome } = attempt
      const seconds = outcome.durationMs / 1000
      attempts.inc({ outcome: outcome.kind === 'delivered' ? 'delivered' : outcome.failure.code })
      attempting.observe(seconds)
      if (verdict.attempts !== 1 || run.resend > 0) return
      const waitedMs = msOf(attempt.id) - msOf(run.messageId)
      firstAttempt.observe(Math.max(0, waitedMs / 1000) + seconds)
    },
  }
}

type SetGauge = (value: number, labels?: Record<string, string>) => void
type GaugeOptions = {
  help: string
  read(set: SetGauge): void | Promise<void>
  /** Each process has a part of it, or each sees all of it. */
  over?: 'sum' | 'max'
}

const statusOf = (verdict: Verdict) => ('reason' in verdict ? verdict.reason : verdict.status)

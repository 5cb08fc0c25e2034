// One delivery from lease to verdict. Stores nothing: the recorder writes whole batches.
import type { MessageFacts, RunKey, Verdict } from '../domain/delivery.ts'
import type { EndpointShape } from '../domain/endpoint.ts'
import { countsAgainstEndpoint, disableReasonOf, isAborted } from '../domain/health.ts'
import { type MessageId, newId } from '../domain/ids.ts'
import type { Outcome } from '../domain/outcome.ts'
import { localRetryDelayMs, type RetrySchedule, retryDelayMs } from '../domain/retry.ts'
import type { RunResult } from '../store/statements/record-outcomes.ts'
import type { Tracing } from '../tracing.ts'
import { ruleAgainst } from './filter.ts'
import { shownHeaders } from './prepare.ts'
import { type SendDeps, sendRequest } from './send-request.ts'
import { retryAfterSeconds } from './send-retry-after.ts'
import { shapeOf, type Transform } from './shape.ts'
import type { Target } from './targets.ts'

/** A run in this node's hands. */
export type LeasedRun = {
  run: RunKey
  nodeId: string
  /** Attempts made before this one. */
  attempts: number
  /** Of the endpoint, when the run was leased. */
  revision: number
  eventType: string
  contentType: string | null
  /** What goes out as it came in: of its trace, or from a source. */
  headers?: [string, string][] | null
  facts: MessageFacts
  /** Null when it was expunged; `large` when it has to be read when its turn comes. */
  payload: Buffer | 'large' | null
  /** Of a payload that has to be read. */
  largeBytes?: number
  /** The next of its endpoint waits for it. */
  inOrder?: boolean
  /** Its place in a rate, on the clock of `performance.now()`; without one it may be sent at once. */
  notBefore?: number
}

export type DeliverDeps = SendDeps & {
  target(leased: LeasedRun): Target | Promise<Target>
  payload(id: MessageId): Promise<Buffer | null>
  /** Null when nobody has loaded an SDK. */
  tracing?: Tracing | null
  transform: Transform
  schedule(target: Target, eventType: string): RetrySchedule | Promise<RetrySchedule>
  userAgent: string
  random(): number
}

type Policy = { schedule: RetrySchedule } & Pick<DeliverDeps, 'random' | 'clock'>

export async function deliver(leased: LeasedRun, deps: DeliverDeps): Promise<RunResult> {
  const { run, nodeId, attempts } = leased
  const found = deps.target(leased)
  const target = found instanceof Promise ? await found : found
  if (target.state !== 'enabled') {
    const reason = target.state === 'gone' ? 'endpoint_deleted' : 'endpoint_disabled'
    return { run, nodeId, attempt: null, verdict: { status: 'cancelled', reason, attempts } }
  }
  const payload = leased.payload === 'large' ? await deps.payload(run.messageId) : leased.payload
  if (payload === null) {
    return {
      run,
      nodeId,
      attempt: null,
      verdict: { status: 'cancelled', reason: 'expired', attempts },
    }
  }

  const rule = target.filter === null ? null : ruleAgainst(target.filter, leased, payload)
  if (rule !== null) {
    const verdict = { status: 'skipped', reason: 'filtered', rule, attempts } as const
    return { run, nodeId, attempt: null, verdict }
  }

  const now = deps.clock()
  const { contentType } = leased
  const shaped =
    target.shape === null ? null : await shapeOf(target.shape, { leased, target, payload }, deps)
  if (shaped?.kind === 'cancelled') {
    const rule = cancellerOf(target.shape)
    const verdict = { status: 'cancelled', reason: 'cancelled', rule, attempts } as const
    return { run, nodeId, attempt: null, verdict }
  }
  if (shaped?.kind === 'failed') return notShaped(shaped.message, { leased, target, now }, deps)
  const id = newId('attempt', now.getTime())
  const { method = 'POST', url = target.url } = shaped ?? {}
  const span = deps.tracing?.attempting(leased, { id, method, url }) ?? null
  const parts = {
    run,
    payload,
    contentType,
    headers: span?.headers ?? leased.headers ?? null,
    now,
    userAgent: deps.userAgent,
    made: shaped,
  }
  const { request, outcome } = await sendRequest(target, parts, deps)
  span?.end(outcome)
  // What succeeds needs none, and does not wait for one.
  const schedule = outcome.kind === 'delivered' ? [] : await deps.schedule(target, leased.eventType)
  return {
    run,
    nodeId,
    attempt: {
      id,
      url: request?.url ?? url,
      requestHeaders: shownHeaders(request?.headers ?? [], target.proof?.secretNames ?? null),
      outcome,
    },
    verdict: verdictOn(outcome, leased, { schedule, random: deps.random, clock: deps.clock }),
  }
}

/** What called it off, as people are told. */
const cancellerOf = (shape: EndpointShape | null) =>
  shape?.kind === 'code' && shape.template !== null
    ? `template ${shape.template}`
    : 'transformation'

/** The owner's code, or a template, could not make a request of the message: that is an attempt, too. */
async function notShaped(
  message: string,
  { leased, target, now }: { leased: LeasedRun; target: Target; now: Date },
  deps: DeliverDeps,
): Promise<RunResult> {
  const failure = { code: 'transformation_failed', message } as const
  const outcome = { kind: 'failed', failure, durationMs: 0 } as const
  const schedule = await deps.schedule(target, leased.eventType)
  const { run, nodeId } = leased
  const id = newId('attempt', now.getTime())
  const attempt = { id, url: target.url, requestHeaders: [], outcome }
  return { run, nodeId, attempt, verdict: verdictOn(outcome, leased, { ...deps, schedule }) }
}

/** A run whose endpoint cannot be read, for example because its secret was sealed under another key. */
export function unreadable(leased: LeasedRun, policy: Policy): RunResult {
  const message =
    'The configuration of this endpoint cannot be read: set its secret, headers and auth anew.'
  const failure = { code: 'endpoint_unreadable', message } as const
  const outcome = { kind: 'failed', failure, durationMs: 0 } as const
  const { run, nodeId } = leased
  const id = newId('attempt', policy.clock().getTime())
  const attempt = { id, url: '', requestHeaders: [], outcome }
  return { run, nodeId, attempt, verdict: verdictOn(outcome, leased, policy) }
}

/** What follows from an attempt: done, again later, or given up with the reason. */
export function verdictOn(
  outcome: Outcome,
  { run, attempts: before }: Pick<LeasedRun, 'run' | 'attempts'>,
  { schedule, random, clock }: Policy,
): Verdict {
  const attempts = before + 1
  if (outcome.kind === 'delivered') return { status: 'succeeded', attempts }
  const { failure, answer } = outcome
  if (!countsAgainstEndpoint(failure)) {
    return { status: 'retry', delayMs: localRetryDelayMs(random()), attempts: before }
  }
  if (disableReasonOf(answer) !== null) {
    return { status: 'failed', reason: 'endpoint_disabled', attempts }
  }
  if (isAborted(answer)) return { status: 'failed', reason: 'aborted', attempts }
  // A resend is one attempt: the schedule belongs to the delivery.
  if (run.resend > 0) return { status: 'failed', reason: 'exhausted', attempts }
  const delayMs = retryDelayMs(
    {
      failure,
      ...(answer && {
        status: answer.status,
        retryAfterSeconds: retryAfterSeconds(answer, clock()),
      }),
    },
    { attempt: attempts, schedule, random: random() },
  )
  if (delayMs === null) return { status: 'failed', reason: 'exhausted', attempts }
  return { status: 'retry', delayMs, attempts }
}

// The door of sources, `/in/{token}`. Its phases, in this order and no other:
//   head → source → rate → body → method, handshake, signature (judge.ts) → dedupe and commit → answer
// Nothing is believed before the signature, nothing is promised before the commit, and nothing waits
// for another system between the body and the answer. Outside, all failures of a kind look the same.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../domain/errors.ts'
import { type InboundRequestId, newId } from '../domain/ids.ts'
import type { Finding, RawRequest } from '../domain/source.ts'
import type { Db } from '../store/connect.ts'
import type { Seal } from '../store/sealed.ts'
import { captureSecret } from '../store/source-secrets.ts'
import { markConnected } from '../store/sources.ts'
import type { InboundAccepted, NewInbound } from '../store/statements/accept-inbound.ts'
import type { Telemetry } from '../telemetry.ts'
import { answer, type DoorAnswer, headersOf, rawRequest, readBody } from './exchange.ts'
import { clientOf, type TrustsProxy } from './forwarded.ts'
import { type JudgeDeps, type Judgement, judge } from './judge.ts'
import type { KnownSources, OpenSource } from './known-sources.ts'
import { toEvents } from './messages.ts'
import type { Noter } from './noter.ts'
import { planOf } from './plan.ts'
import type { TakeOne } from './rates.ts'
import { redacted } from './redact.ts'

/** Also in the server's settings; more are cut off by Node before they come here. */
const MAX_HEADERS = 100
const BODY_MS = 15_000
const RETRY_SECONDS = 10

const NOT_FOUND: DoorAnswer = refusal(404, 'not_found')
const UNAUTHORIZED: DoorAnswer = refusal(401, 'unauthorized')
const UNAVAILABLE: DoorAnswer = {
  ...refusal(503, 'unavailable'),
  headers: { 'content-type': 'application/json', 'retry-after': String(RETRY_SECONDS) },
}

const METHOD_NOT_ALLOWED: DoorAnswer = {
  ...refusal(405, 'method_not_allowed'),
  headers: { 'content-type': 'application/json', allow: 'POST' },
}

function refusal(status: number, code: string): DoorAnswer {
  const body = JSON.stringify({ code })
  return { status, headers: { 'content-type': 'application/json' }, body }
}

export type InDoorDeps = JudgeDeps & {
  sources: KnownSources
  noter: Noter
  db: Db
  seal: Seal
  accept(inbound: NewInbound): Promise<InboundAccepted>
  /** Of a source, at its own rate; of an address. */
  sourceRate(id: string, perSecond: number): ReturnType<TakeOne>
  addressRate: TakeOne
  trustsProxy: TrustsProxy
  /** Through the guard: whether a GET was answered with a 2xx. */
  confirm(url: string): Promise<boolean>
  retentionDays: number
  telemetry: Telemetry
}

const PATH = /^\/in\/([A-Za-z0-9_-]{20,64})(\/[^?]*)?(?:\?|$)/

/** The token in a target, or null: no other spelling of a path leads anywhere. */
export function tokenOf(target: string): string | null {
  const [, token, rest = ''] = PATH.exec(target) ?? []
  if (token === undefined || /%2f|%5c|\\/i.test(rest)) return null
  const isUpward = rest.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part))
  return isUpward ? null : token
}

export async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  deps: InDoorDeps,
): Promise<void> {
  const close = { close: true }
  const { metrics } = deps.telemetry
  if (headersOf(request).length > MAX_HEADERS) {
    metrics.inbound('rejected', 'headers_too_large')
    return answer(response, refusal(431, 'headers_too_large'), close)
  }
  const token = tokenOf(request.url ?? '')
  const open = token === null ? null : await deps.sources.find(token)
  if (open === null) {
    metrics.inbound('rejected', 'unknown_source')
    return answer(response, NOT_FOUND, close)
  }
  const { source } = open
  const wait = waitOf(request, open, deps)
  if (wait !== null) {
    metrics.inbound('rejected', 'rate_limited')
    return answer(response, tooMany(wait), close)
  }

  const { maxBodyBytes: maxBytes } = source.settings
  const read = await readBody(request, { maxBytes, maxMs: BODY_MS })
  if (read.kind === 'gone') return metrics.inbound('rejected', 'gone')
  const raw = {
    ...rawRequest(request, read.body),
    remoteAddress: clientOf(request, deps.trustsProxy),
  }
  if (read.kind !== 'whole') {
    const status = read.kind === 'too_large' ? 413 : 408
    const message = `More than ${maxBytes} bytes, or not whole within ${BODY_MS / 1000} s.`
    const code = read.kind === 'too_large' ? 'body_too_large' : 'body_too_slow'
    note(open, raw, { status, reason: code, findings: [{ code, message }] }, deps)
    return answer(response, refusal(status, code), close)
  }
  answer(response, await answerTo(open, raw, deps))
}

/** Seconds until it may come again, or null: before any secret is touched. */
function waitOf(request: IncomingMessage, { source }: OpenSource, deps: InDoorDeps): number | null {
  const ofAddress = deps.addressRate(clientOf(request, deps.trustsProxy))
  if (!ofAddress.taken) return ofAddress.nextInSeconds
  const ofSource = deps.sourceRate(source.id, source.settings.requestsPerSecond)
  return ofSource.taken ? null : ofSource.nextInSeconds
}

const tooMany = (seconds: number): DoorAnswer => ({
  ...refusal(429, 'rate_limited'),
  headers: { 'content-type': 'application/json', 'retry-after': String(Math.max(1, seconds)) },
})

async function answerTo(open: OpenSource, raw: RawRequest, deps: InDoorDeps): Promise<DoorAnswer> {
  const judged = await judge(open, raw, deps)
  switch (judged.kind) {
    case 'handshake':
      return answerHandshake(open, raw, judged, deps)
    case 'method':
      deps.telemetry.metrics.inbound('rejected', 'method')
      return judged.isProven ? { status: 200 } : METHOD_NOT_ALLOWED
    case 'rejected': {
      note(open, raw, judged, deps)
      if (judged.status === 503) return UNAVAILABLE
      if (judged.status === 401) return UNAUTHORIZED
      return judged.status < 300 ? { status: judged.status } : refusal(judged.status, 'refused')
    }
    case 'verified':
      return acceptEvents(open, raw, judged, deps)
    default:
      return judged satisfies never
  }
}

async function answerHandshake(
  open: OpenSource,
  raw: RawRequest,
  { answer, capture, confirm }: Extract<Judgement, { kind: 'handshake' }>,
  deps: InDoorDeps,
): Promise<DoorAnswer> {
  const { id } = open.source
  if (capture !== null && !(await captureSecret(deps.db, deps.seal, id, capture))) {
    // Another handshake was first: a secret is never replaced by a stranger's.
    deps.telemetry.metrics.inbound('rejected', 'late_handshake')
    return UNAUTHORIZED
  }
  if (capture !== null) deps.sources.forget()
  if (confirm !== null && !(await deps.confirm(confirm))) {
    note(open, raw, { status: 503, reason: 'confirmation_failed', findings: [] }, deps)
    return UNAVAILABLE
  }
  note(open, raw, { status: answer.status, reason: null, findings: [], handshake: true }, deps)
  void deps.telemetry.bestEffort('inbound.connected', () => markConnected(deps.db, id))
  return answer
}

async function acceptEvents(
  open: OpenSource,
  raw: RawRequest,
  judged: Extract<Judgement, { kind: 'verified' }>,
  deps: InDoorDeps,
): Promise<DoorAnswer> {
  const { source } = open
  const { plan, verification, nonce } = judged
  const answer = answerOf(open, judged)
  const accepted = await deps.accept({
    id: newId('inboundRequest'),
    source,
    request: { ...redacted(raw, plan), body: raw.body },
    events: toEvents(judged.events, {
      ...{ source, plan, raw },
      retentionHours: Math.min(90, deps.retentionDays) * 24,
    }),
    verification,
    answerStatus: answer.status,
    keepSeconds: source.settings.dedupeHours * 3600,
    at: judged.events[0]?.at ?? null,
    digest: canBeReplayed(judged) ? createHash('sha256').update(raw.body).digest('hex') : null,
    refuseReplays: source.settings.refuseReplays,
    nonce,
    held: source.paused,
  })
  switch (accepted.result) {
    case 'accepted':
      deps.telemetry.metrics.inbound('accepted')
      return answer
    case 'duplicate': {
      const { status } = answer
      note(open, raw, { status, reason: null, findings: [], duplicateOf: accepted.of }, deps)
      return answer
    }
    case 'replay': {
      const message = `The same was accepted before, as ${accepted.of}.`
      const findings = [{ code: 'replay_suspected', message }]
      note(open, raw, { status: 401, reason: 'replay_suspected', findings }, deps)
      return UNAUTHORIZED
    }
    case 'no_application':
      deps.telemetry.metrics.inbound('rejected', 'no_application')
      deps.sources.forget()
      return NOT_FOUND
    default:
      return accepted satisfies never
  }
}

/** By who has captured it once: nothing signed says how old it is, and its id is not signed either. */
function canBeReplayed({ plan, events }: Extract<Judgement, { kind: 'verified' }>): boolean {
  const { scheme, preset } = plan
  const hasTime = 'timestamp' in scheme && scheme.timestamp !== undefined
  if (hasTime || preset.dedupe === 'none') return false
  return events.some(({ idFrom, idAuthenticated }) => idFrom === 'provider' && !idAuthenticated)
}

function answerOf(
  { source }: OpenSource,
  { plan }: Extract<Judgement, { kind: 'verified' }>,
): DoorAnswer {
  return source.settings.answer ?? plan.preset.answer ?? { status: 200 }
}

type What = {
  status: number
  reason: string | null
  findings: Finding[]
  handshake?: boolean
  duplicateOf?: InboundRequestId
  explain?: () => Promise<Finding[]>
}

function note(
  { source }: OpenSource,
  raw: RawRequest,
  what: What,
  { noter, telemetry }: InDoorDeps,
) {
  const { status, reason, findings, handshake = false, duplicateOf = null, explain } = what
  const outcome = handshake ? 'handshake' : duplicateOf === null ? 'rejected' : 'duplicate'
  telemetry.metrics.inbound(outcome, reason ?? '')
  const request = { ...redacted(raw, planOf(source.settings)), body: raw.body }
  noter.note({
    ...{ sourceId: source.id, outcome, reason, findings, request, duplicateOf },
    bodyBytes: raw.body.length,
    answerStatus: status,
    ...(explain !== undefined && { explain }),
  })
}

/** What went wrong with us is never a yes. */
export function answerFailure(response: ServerResponse, error: unknown, telemetry: Telemetry) {
  if (!(error instanceof AppError) || error.code !== 'unavailable') {
    telemetry.trouble('inbound.receive', error)
  }
  answer(response, UNAVAILABLE, { close: true })
}

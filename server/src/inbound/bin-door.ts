// The door of bins, `/b/{token}`: whatever comes is kept as it came and answered by the bin's rules.
// Phases: head → bin → rate → body → answer chosen → kept → a listener's answer, if one listens →
// answered, so who has the answer finds the capture. Nothing that came or was set is ever shown as a page.
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  answerOfRule,
  type Bin,
  type BinAnswer,
  countsRequests,
  MAX_CAPTURED_BYTES,
  mayAnswerWith,
  PLAIN_ANSWER,
  RELAY_MS,
  type Relayed,
  ruleFor,
  splitBinPath,
} from '../domain/bin.ts'
import { CAPTURE_ROOTS, captureFacts } from '../domain/capture-facts.ts'
import { ruleAgainst } from '../domain/filter/filter.ts'
import { isProblem, parseFilter } from '../domain/filter/parse.ts'
import type { BinId } from '../domain/ids.ts'
import type { RawRequest } from '../domain/source.ts'
import { countAnswer, findBinByToken } from '../store/bins.ts'
import { insertCapture } from '../store/captures.ts'
import type { Db } from '../store/connect.ts'
import { answerAsTold } from './answer-as-told.ts'
import { answer, type DoorAnswer, rawRequest, readBody } from './exchange.ts'
import { clientOf, forwardedOf, type TrustsProxy } from './forwarded.ts'
import type { TakeOne } from './rates.ts'

const BODY_MS = 30_000

export type BinDoorDeps = {
  db: Db
  clock(): Date
  binRate: TakeOne
  addressRate: TakeOne
  trustsProxy: TrustsProxy
  /** Connections that are kept waiting by rules, of all bins. */
  held: { count: number }
  /** Something came that somebody listens for. */
  captured(bin: BinId): void
  /** Whether one more may wait for a listener's answer. */
  hasRoom(): boolean
  /** What a listener says in time; null is the bin's own answer. */
  answerTo(
    place: { bin: BinId; seq: number },
    options: { isOver(): boolean },
  ): Promise<Relayed | null>
  isDraining(): boolean
}

/** Each costs a socket for up to a minute. */
const MAX_HELD = 500

const PATH = /^\/b\/([A-Za-z0-9_-]{20,64})(\/[^?]*)?(?:\?|$)/

/** Even a body that a rule sets is no page of ours. */
const SAFE = { 'content-security-policy': 'sandbox', 'cache-control': 'no-store' }

function refusal(status: number, code: string, headers: Record<string, string> = {}): DoorAnswer {
  const type = { 'content-type': 'application/json' }
  return { status, headers: { ...SAFE, ...type, ...headers }, body: JSON.stringify({ code }) }
}

export async function capture(
  request: IncomingMessage,
  response: ServerResponse,
  deps: BinDoorDeps,
): Promise<void> {
  const startedAt = performance.now()
  const close = { close: true }
  const [, token, rest = ''] = PATH.exec(request.url ?? '') ?? []
  const found = token === undefined ? null : await findBinByToken(deps.db, token)
  if (found === null) return answer(response, refusal(404, 'not_found'), close)
  const { bin } = found
  if (bin.expiresAt <= deps.clock()) return answer(response, refusal(410, 'expired'), close)
  const wait = waitOf(request, bin, deps)
  if (wait !== null) {
    const headers = { 'retry-after': String(Math.max(1, wait)) }
    return answer(response, refusal(429, 'rate_limited', headers), close)
  }
  const kept = await keep(request, { ...found, rest, startedAt }, deps)
  if (kept === 'gone') return
  if (kept === 'too_large') return answer(response, refusal(413, 'body_too_large'), close)
  if (kept === 'too_slow') return answer(response, refusal(408, 'body_too_slow'), close)
  if (kept === 'too_many_waiting') {
    return answer(response, refusal(429, 'too_many_waiting', { 'retry-after': '5' }))
  }
  try {
    await answerKept({ request, response }, { ...kept, bin }, deps)
  } finally {
    kept.letGo()
  }
}

type Kept = { bin: Bin; told: BinAnswer; seq: number | null }

/** By a listener in time, else by the bin's rules. */
async function answerKept(
  exchange: { request: IncomingMessage; response: ServerResponse },
  { bin, told, seq }: Kept,
  { answerTo, isDraining }: BinDoorDeps,
) {
  const { response } = exchange
  if (seq !== null) {
    const isOver = () => response.destroyed || isDraining()
    const relayed = await answerTo({ bin: bin.id, seq }, { isOver })
    if (relayed?.kind === 'answered') return answer(response, toAnswer(relayed))
  }
  await answerAsTold(exchange, told, { safe: SAFE, isDraining })
}

type Asked = { bin: Bin; isListenedTo: boolean; rest: string; startedAt: number }

/** With its number where a listener may answer. The body ends here: who waits for an answer holds none. */
async function keep(
  request: IncomingMessage,
  { bin, isListenedTo, rest, startedAt }: Asked,
  deps: BinDoorDeps,
) {
  const headMs = performance.now() - startedAt
  const read = await readBody(request, { maxBytes: MAX_CAPTURED_BYTES, maxMs: BODY_MS })
  if (read.kind !== 'whole') return read.kind
  const raw = rawRequest(request, read.body)
  const { told, rule } = await chooseAnswer(bin, { raw, rest }, deps)
  const { delayMs, fault } = told
  const waits = delayMs > 0 || told.slowBodyMs > 0 || fault === 'hang'
  if (waits && deps.held.count >= MAX_HELD) return 'too_many_waiting'
  if (waits) deps.held.count++
  const letGo = () => {
    if (waits) deps.held.count--
  }
  // What a rule breaks, no listener mends.
  const isOpen = fault === null && splitBinPath(rest).forced === null
  const isRelayed = isListenedTo && isOpen && deps.hasRoom()
  try {
    const status = fault === null || fault === 'partial' ? told.status : null
    const seq = await insertCapture(deps.db, bin.id, {
      ...raw,
      remotePort: request.socket.remotePort ?? 0,
      forwarded: forwardedOf(request, deps.trustsProxy),
      headMs,
      bodyMs: performance.now() - startedAt - headMs,
      answer: { status, rule, delayMs, ...(fault !== null && { fault }) },
      ...(isRelayed && { answerWithinMs: RELAY_MS }),
    })
    if (isListenedTo) deps.captured(bin.id)
    return { told, seq: isRelayed ? seq : null, letGo }
  } catch (error) {
    letGo()
    throw error
  }
}

/** As the listener's server said it, but for what would be said of our connection and origin. */
function toAnswer({ status, headers, body }: Extract<Relayed, { kind: 'answered' }>): DoorAnswer {
  const names = new Map<string, [name: string, values: string[]]>()
  for (const [name, value] of headers) {
    if (!mayAnswerWith(name)) continue
    const same = names.get(name.toLowerCase())
    if (same === undefined) names.set(name.toLowerCase(), [name, [value]])
    else same[1].push(value)
  }
  return { status, headers: { ...Object.fromEntries(names.values()), ...SAFE }, body }
}

function waitOf(request: IncomingMessage, bin: Bin, deps: BinDoorDeps): number | null {
  const ofAddress = deps.addressRate(clientOf(request, deps.trustsProxy))
  if (!ofAddress.taken) return ofAddress.nextInSeconds
  const ofBin = deps.binRate(bin.id)
  return ofBin.taken ? null : ofBin.nextInSeconds
}

async function chooseAnswer(
  { id, rules, ...bin }: Bin,
  { raw, rest }: { raw: RawRequest; rest: string },
  { db }: BinDoorDeps,
) {
  const { path, forced } = splitBinPath(rest)
  if (forced !== null) return { told: { ...PLAIN_ANSWER, status: forced }, rule: null }
  const facts = captureFacts(raw)
  const fits = (match: object) => {
    const filter = parseFilter(match, { segments: false, roots: CAPTURE_ROOTS })
    return !isProblem(filter) && ruleAgainst(filter, facts, new Map()) === null
  }
  let { answered } = bin
  for (;;) {
    const place = ruleFor(rules, { method: raw.method, path, answered, fits })
    const rule = place === null ? null : rules[place]!
    if (place === null || rule === null) return { told: PLAIN_ANSWER, rule: null }
    if (!countsRequests(rule)) return { told: answerOfRule(rule, 0), rule: place }
    answered = await countAnswer(db, id, place)
    const before = (answered[place] ?? 1) - 1
    // Others that came at the same time may have had the last of its times.
    if (rule.times === null || before < rule.times) {
      return { told: answerOfRule(rule, before), rule: place }
    }
  }
}

// The door of bins, `/b/{token}`: whatever comes is kept as it came and answered by the bin's rules.
// Phases: head → bin → rate → body → answer chosen → kept → a listener's answer, if one listens →
// answered, so who has the answer finds the capture. Nothing that came or was set is ever shown as a page.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  answerOfBin,
  type Bin,
  MAX_CAPTURED_BYTES,
  mayAnswerWith,
  RELAY_MS,
  type Relayed,
  splitBinPath,
} from '../domain/bin.ts'
import type { BinId } from '../domain/ids.ts'
import { findBinByToken } from '../store/bins.ts'
import { countAnswered, insertCapture } from '../store/captures.ts'
import type { Db } from '../store/connect.ts'
import { addressOf, answer, type DoorAnswer, rawRequest, readBody } from './exchange.ts'
import type { TakeOne } from './rates.ts'

const BODY_MS = 30_000

export type BinDoorDeps = {
  db: Db
  clock(): Date
  binRate: TakeOne
  addressRate: TakeOne
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
  if (kept.seq !== null) {
    const place = { bin: bin.id, seq: kept.seq }
    const isOver = () => response.destroyed || deps.isDraining()
    const relayed = await deps.answerTo(place, { isOver })
    if (relayed?.kind === 'answered') return answer(response, toAnswer(relayed))
  }
  const { status, delayMs, headers, body } = kept.chosen
  if (delayMs > 0) await sleep(delayMs, undefined, { ref: false })
  answer(response, { status, headers: { ...headers, ...SAFE }, body })
}

type Asked = { bin: Bin; isListenedTo: boolean; rest: string; startedAt: number }

/** Its number where a listener may answer. The body ends here: who waits for an answer holds none. */
async function keep(
  request: IncomingMessage,
  { bin, isListenedTo, rest, startedAt }: Asked,
  deps: BinDoorDeps,
) {
  const headMs = performance.now() - startedAt
  const read = await readBody(request, { maxBytes: MAX_CAPTURED_BYTES, maxMs: BODY_MS })
  if (read.kind !== 'whole') return read.kind
  const raw = rawRequest(request, read.body)
  const chosen = await chooseAnswer(bin, { method: raw.method, rest }, deps)
  const { status, delayMs, rule, isForced } = chosen
  const isRelayed = isListenedTo && !isForced && deps.hasRoom()
  const seq = await insertCapture(deps.db, bin.id, {
    ...raw,
    remotePort: request.socket.remotePort ?? 0,
    headMs,
    bodyMs: performance.now() - startedAt - headMs,
    answer: { status, rule, delayMs },
    ...(isRelayed && { answerWithinMs: RELAY_MS }),
  })
  if (isListenedTo) deps.captured(bin.id)
  return { chosen, seq: isRelayed ? seq : null }
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
  const ofAddress = deps.addressRate(addressOf(request))
  if (!ofAddress.taken) return ofAddress.nextInSeconds
  const ofBin = deps.binRate(bin.id)
  return ofBin.taken ? null : ofBin.nextInSeconds
}

async function chooseAnswer(
  { id, rules }: Bin,
  { method, rest }: { method: string; rest: string },
  { db }: BinDoorDeps,
) {
  const counts = rules.some(({ statuses, failureRate }) => statuses.length > 0 || failureRate > 0)
  const answered = counts ? await countAnswered(db, id) : new Map<number, number>()
  const { path, forced } = splitBinPath(rest)
  const chosen = answerOfBin(rules, {
    ...{ method, path, forced },
    answered: (rule) => answered.get(rule) ?? 0,
  })
  return { ...chosen, isForced: forced !== null }
}

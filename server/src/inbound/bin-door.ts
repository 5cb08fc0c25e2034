// The door of bins, `/b/{token}`: whatever comes is kept as it came and answered by the bin's rules.
// Phases: head → bin → rate → body → answer chosen → kept → answered, so who has the answer finds the
// capture. Nothing that came or was set is ever shown as a page.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerOfBin, type Bin, MAX_CAPTURED_BYTES, splitBinPath } from '../domain/bin.ts'
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
  const bin = token === undefined ? null : await findBinByToken(deps.db, token)
  if (bin === null) return answer(response, refusal(404, 'not_found'), close)
  if (bin.expiresAt <= deps.clock()) return answer(response, refusal(410, 'expired'), close)
  const wait = waitOf(request, bin, deps)
  if (wait !== null) {
    const headers = { 'retry-after': String(Math.max(1, wait)) }
    return answer(response, refusal(429, 'rate_limited', headers), close)
  }
  const headMs = performance.now() - startedAt
  const read = await readBody(request, { maxBytes: MAX_CAPTURED_BYTES, maxMs: BODY_MS })
  if (read.kind === 'gone') return
  if (read.kind === 'too_large') return answer(response, refusal(413, 'body_too_large'), close)
  if (read.kind === 'too_slow') return answer(response, refusal(408, 'body_too_slow'), close)

  const raw = rawRequest(request, read.body)
  const chosen = await chooseAnswer(bin, { method: raw.method, rest }, deps)
  const { status, delayMs, rule } = chosen
  await insertCapture(deps.db, bin.id, {
    ...raw,
    remotePort: request.socket.remotePort ?? 0,
    headMs,
    bodyMs: performance.now() - startedAt - headMs,
    answer: { status, rule, delayMs },
  })
  if (delayMs > 0) await sleep(delayMs, undefined, { ref: false })
  answer(response, { status, headers: { ...chosen.headers, ...SAFE }, body: chosen.body })
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
  return answerOfBin(rules, {
    ...{ method, path, forced },
    answered: (rule) => answered.get(rule) ?? 0,
  })
}

// What goes to a bin of our own: kept there as it would have come over the wire, and answered by who
// listens. No socket is opened, so a server need not reach itself, nor may it.
import { RELAY_MS, type Relayed, tokenOfEndpointUrl } from '../domain/bin.ts'
import { pairsOf } from '../domain/custom-headers.ts'
import type { BinId } from '../domain/ids.ts'
import type { Answer, Failure, Outcome } from '../domain/outcome.ts'
import { findBinByToken } from '../store/bins.ts'
import { insertCapture } from '../store/captures.ts'
import type { Db } from '../store/connect.ts'
import type { TlsIdentity } from './egress/tls-identity.ts'
import { parseTarget } from './egress/url.ts'
import type { HttpRequest } from './send.ts'
import { localFailure } from './send-failures.ts'
import { statusFailure } from './send-statuses.ts'

type Send = (request: HttpRequest, tls: TlsIdentity | null) => Promise<Outcome>

type Options = {
  db: Db
  clock(): Date
  captured(bin: BinId): void
  answerTo(
    place: { bin: BinId; seq: number },
    options: { isOver(): boolean; withinMs: number },
  ): Promise<Relayed | null>
  isStopping(): boolean
  /** Of a whole attempt. */
  totalMs: number
  send: Send
}

const KEPT_BYTES = 20_000

/** What `send` does, but for bins of our own. */
export function createBinSend(options: Options): Send {
  const { db, clock, captured, answerTo, isStopping, totalMs, send } = options
  const withinMs = Math.min(RELAY_MS, totalMs)

  async function toBin(request: HttpRequest, token: string): Promise<Relayed> {
    const found = await findBinByToken(db, token)
    if (found === null || found.bin.expiresAt <= clock()) {
      // As its door says it; the endpoint goes with that.
      return { kind: 'answered', status: 410, headers: [], body: Buffer.alloc(0) }
    }
    const { bin, isListenedTo } = found
    if (!isListenedTo) return { kind: 'failed', failure: 'nobody listens' }
    const seq = await insertCapture(db, bin.id, {
      ...captureOf(request),
      forwarded: null,
      answer: { status: 504, rule: null, delayMs: 0 },
      answerWithinMs: withinMs,
    })
    if (seq === null) return { kind: 'failed', failure: 'nobody listens' }
    captured(bin.id)
    const relayed = await answerTo({ bin: bin.id, seq }, { isOver: () => false, withinMs })
    return relayed ?? { kind: 'failed', failure: 'ETIMEDOUT' }
  }

  async function relay(request: HttpRequest, token: string): Promise<Outcome> {
    const startedAt = performance.now()
    const relayed = await toBin(request, token)
    const durationMs = Math.round(performance.now() - startedAt)
    if (isStopping()) {
      return { kind: 'failed', failure: localFailure('the process stops'), durationMs }
    }
    if (relayed.kind === 'failed') {
      return { kind: 'failed', failure: failureOf(relayed.failure), durationMs }
    }
    const answer = toAnswer(relayed)
    if (answer.status < 300) return { kind: 'delivered', answer, durationMs }
    const asked = { target: targetOf(request.url), method: request.method }
    const bodyBytes = request.body?.length ?? 0
    const failure = statusFailure(answer, { ...asked, bodyBytes })
    return { kind: 'failed', failure, answer, durationMs }
  }

  return (request, tls) => {
    const token = tokenOfEndpointUrl(request.url)
    return token === null ? send(request, tls) : relay(request, token)
  }
}

/** With what the connection would have added. */
function captureOf({ method, url, headers, body }: HttpRequest) {
  const { host, pathname, search } = new URL(url)
  const length: [string, string][] = body === null ? [] : [['content-length', String(body.length)]]
  return {
    ...{ method, target: pathname + search, httpVersion: '1.1' },
    headers: [['host', host], ...pairsOf(headers), ...length] as [string, string][],
    body: body ?? Buffer.alloc(0),
    ...{ remoteAddress: '', remotePort: 0, headMs: 0, bodyMs: 0 },
  }
}

const toAnswer = ({ status, headers, body }: Extract<Relayed, { kind: 'answered' }>): Answer => ({
  status,
  headers: headers
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => name !== 'set-cookie'),
  body: Buffer.from(body.subarray(0, KEPT_BYTES)),
  bodyCut: body.length > KEPT_BYTES,
})

function failureOf(said: string): Failure {
  if (said === 'nobody listens') {
    return { code: 'connect_failed', message: 'Nobody listens at the moment (`bellwire listen`).' }
  }
  if (said === 'ETIMEDOUT') {
    const message = 'The server that listens did not answer in time.'
    return { code: 'timeout', detail: 'headers', message }
  }
  const message = `Who listens could not reach the local server: ${said}.`
  return { code: 'connect_failed', message }
}

/** Of a URL that is ours, so that it can be read. */
function targetOf(url: string) {
  const target = parseTarget(url)
  if ('reason' in target) throw new Error(`not a URL of ours: ${target.reason}`)
  return target
}

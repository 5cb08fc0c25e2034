// How a bin answers by its rules: late, in pieces, never, or with a connection that breaks.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BinAnswer } from '../domain/bin.ts'
import { answer } from './exchange.ts'

/** Who waits for an answer that never comes is let go then. */
const HANG_MS = 60_000
const LOOK_EVERY_MS = 50
const PIECE_EVERY_MS = 100

type Exchange = { request: IncomingMessage; response: ServerResponse }
/** The process stops: nobody is kept waiting. */
type Draining = { isDraining(): boolean }

/** `safe` stands over what the rule sets. */
export async function answerAsTold(
  exchange: Exchange,
  told: BinAnswer,
  { safe, ...draining }: { safe: Record<string, string> } & Draining,
): Promise<void> {
  const { request, response } = exchange
  await hold(exchange, told.delayMs, draining)
  if (response.destroyed) return
  const whole = { ...told, headers: { ...told.headers, ...safe } }
  switch (told.fault) {
    case null:
      return told.slowBodyMs > 0
        ? await answerSlowly(exchange, whole, draining)
        : answer(response, whole)
    case 'hang':
      await hold(exchange, HANG_MS, draining)
      return void request.socket.destroy()
    case 'reset':
      return void request.socket.resetAndDestroy()
    case 'close':
      return void request.socket.destroySoon()
    case 'partial':
      return breakOff(exchange, whole)
    default:
      return told.fault satisfies never
  }
}

/** Until the time is over, the sender has gone, or the process stops. */
async function hold({ response }: Exchange, ms: number, { isDraining }: Draining) {
  const until = performance.now() + ms
  const isOver = () => performance.now() >= until || response.destroyed || isDraining()
  while (!isOver()) await sleep(Math.min(LOOK_EVERY_MS, until - performance.now()))
}

function begin({ response }: Exchange, { status, headers, body }: BinAnswer): Buffer {
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    'x-content-type-options': 'nosniff',
    ...headers,
    'content-length': bytes.length,
  })
  return bytes
}

async function answerSlowly(exchange: Exchange, told: BinAnswer, draining: Draining) {
  const { request, response } = exchange
  if (request.method === 'HEAD' || told.body === '') return answer(response, told)
  const bytes = begin(exchange, told)
  const pieces = Math.min(bytes.length, Math.ceil(told.slowBodyMs / PIECE_EVERY_MS) + 1)
  const everyMs = told.slowBodyMs / Math.max(1, pieces - 1)
  for (let piece = 0; piece < pieces && !response.destroyed; piece++) {
    if (piece > 0) await hold(exchange, everyMs, draining)
    const from = Math.floor((bytes.length * piece) / pieces)
    response.write(bytes.subarray(from, Math.floor((bytes.length * (piece + 1)) / pieces)))
  }
  response.end()
}

/** Half of the body that was announced, and the end of the connection. */
function breakOff(exchange: Exchange, told: BinAnswer) {
  const { request, response } = exchange
  const bytes = begin(exchange, told)
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
  request.socket.destroySoon()
}

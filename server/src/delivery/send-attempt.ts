import type { Dispatcher } from 'undici'
import type { Answer, Failure, Outcome } from '../domain/outcome.ts'
import { ConnectError } from './egress/connect.ts'
import type { Connection } from './egress/connection.ts'
import type { Resolution } from './egress/guard.ts'
import type { Pool, Waiter } from './egress/pool.ts'
import type { Pools } from './egress/pools.ts'
import type { Target } from './egress/url.ts'
import type { HttpRequest, SendLimits, SendOptions } from './send.ts'
import { firstOf, sizeOf, toHeaders } from './send-answer.ts'
import type { Deadlines, Timed } from './send-deadlines.ts'
import {
  blocked,
  connectFailure,
  exchangeFailure,
  headersTooLarge,
  incomplete,
  isFailedWrite,
  isMisuse,
  localFailure,
  lookupFailure,
  protocolFailure,
  timeoutFailure,
  tooLarge,
} from './send-failures.ts'
import { statusFailure } from './send-statuses.ts'

// One exchange: resolving → waiting (for a connection) → connecting → headers → body → done.
// `connecting` is also a kept socket before anything was written to it. It ends exactly once, by
// #end, which also takes it off the timer; a callback of undici that comes later finds it done.

type Phase = 'resolving' | 'waiting' | 'connecting' | 'headers' | 'body' | 'done'

/** What all attempts of one sender share. */
export type Shared = { pools: Pools; deadlines: Deadlines; limits: SendLimits }

type Settle = { resolve: (outcome: Outcome) => void; reject: (error: Error) => void }

const NO_BODY = Buffer.alloc(0)
/** Of HTTP/2; the parser of HTTP/1.1 has the limit of the pool. */
const MAX_HEADER_BYTES = 16_384

export class Attempt implements Dispatcher.DispatchHandler, Timed, Waiter {
  dueAt: number
  slot = -1
  readonly #shared: Shared
  readonly #request: HttpRequest
  readonly #options: SendOptions
  readonly #target: Target
  readonly #settle: Settle
  readonly #startedAt = performance.now()
  #deadline: number
  #phase: Phase = 'resolving'
  #phaseFrom: number
  #pool: Pool | null = null
  #connection: Connection | null = null
  #controller: Dispatcher.DispatchController | null = null
  #fresh = true
  #resent = false
  #queued = false
  #informational = 0
  #status = 0
  #headers: Answer['headers'] = []
  #bodyBytes = 0
  #body: Buffer = NO_BODY
  #keptBytes = 0

  constructor(
    shared: Shared,
    exchange: { request: HttpRequest; target: Target; options: SendOptions },
    settle: Settle,
  ) {
    this.#shared = shared
    this.#request = exchange.request
    this.#target = exchange.target
    this.#options = exchange.options
    this.#settle = settle
    const { totalMs, connectMs } = exchange.options.timeouts
    this.#phaseFrom = this.#startedAt
    this.#deadline = this.#startedAt + totalMs
    this.dueAt = Math.min(this.#deadline, this.#startedAt + connectMs)
    shared.deadlines.add(this)
  }

  /** Where the guard said we may go. */
  resolved(resolution: Resolution) {
    if (this.#phase !== 'resolving') return
    switch (resolution.kind) {
      case 'addresses': {
        this.#phase = 'waiting'
        const pool = this.#shared.pools.get(this.#target, resolution, this.#options.tls)
        this.#pool = pool
        this.#queued = !pool.acquire(this)
        return
      }
      case 'refused':
        return this.#fail(blocked(resolution.refusal))
      case 'failed':
        return this.#fail(lookupFailure(resolution, this.#target))
      default:
        return resolution satisfies never
    }
  }

  /** A fault of ours on the way there. */
  crash(error: Error) {
    if (this.#phase !== 'done') this.#end({ error }, 'discard')
  }

  // --- Waiter: the pool has a connection for us

  wants(): boolean {
    return this.#phase === 'waiting'
  }

  needsFresh(): boolean {
    return this.#resent
  }

  use(connection: Connection) {
    const { method, headers, body } = this.#request
    this.#connection = connection
    this.#phase = 'connecting'
    // The wait was for us, so it does not shorten the time to connect.
    if (this.#queued) this.#enter('connecting', this.#options.timeouts.connectMs)
    connection.dispatch({ path: this.#target.path, method, headers, body }, this)
  }

  // --- DispatchHandler: undici reports

  onRequestStart(controller: Dispatcher.DispatchController) {
    if (this.#phase !== 'connecting') {
      controller.abort(new Error('too late'))
      return
    }
    this.#controller = controller
    // A Client whose idle socket closed opens another one for the request that waits on it.
    this.#fresh = this.#connection!.served++ === 0
    this.#enter('headers', this.#options.timeouts.headersMs)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ) {
    if (this.#phase !== 'headers') return
    if (status > 101 && status < 200) {
      this.#informational += 1
      if (this.#informational > this.#shared.limits.maxInformational) {
        this.#fail(protocolFailure(`${this.#informational} informational answers`))
      }
      return
    }
    if (status < 200 || status > 599) return this.#fail(protocolFailure(`status ${status}`))
    // Of HTTP/2 there are none but the parsed ones.
    const raw = Array.isArray(controller.rawHeaders) ? (controller.rawHeaders as Buffer[]) : null
    const { fields, bytes } = raw === null ? sizeOf(headers) : { fields: raw.length / 2, bytes: 0 }
    const { maxHeaderFields } = this.#shared.limits
    if (fields > maxHeaderFields || bytes > MAX_HEADER_BYTES) {
      return this.#fail(headersTooLarge(`${fields} fields`))
    }
    this.#status = status
    this.#headers = toHeaders(headers, raw)
    // Other than for a 2xx the outcome is decided; the body is only for people to read.
    const waitMs = this.#isSuccess() ? Number.POSITIVE_INFINITY : this.#shared.limits.restMs
    this.#enter('body', waitMs)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer) {
    if (this.#phase !== 'body') return
    const { keptBytes, maxBodyBytes } = this.#shared.limits
    this.#bodyBytes += chunk.length
    if (this.#body === NO_BODY) this.#body = firstOf(chunk, keptBytes)
    else if (this.#keptBytes < keptBytes) this.#append(chunk, keptBytes)
    this.#keptBytes = Math.min(this.#bodyBytes, keptBytes)
    if (this.#bodyBytes <= maxBodyBytes) return
    if (this.#isSuccess()) this.#fail(tooLarge(maxBodyBytes))
    else this.#finish('discard')
  }

  // One buffer for all further chunks: a list of chunks of one byte each would be a hundred times
  // as large as the body, and a receiver chooses its chunks.
  #append(chunk: Buffer, keptBytes: number) {
    if (this.#body.length < keptBytes) {
      const whole = Buffer.allocUnsafe(keptBytes)
      this.#body.copy(whole)
      this.#body = whole
    }
    chunk.copy(this.#body, this.#keptBytes)
  }

  onResponseEnd() {
    if (this.#phase !== 'body') return
    // undici takes a reset for the end of a body that has no length (a workaround for macOS).
    const { errored } = this.#connection!.socket ?? {}
    if (errored && this.#isSuccess()) return this.#fail(incomplete(errored.message))
    this.#finish('release')
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error) {
    if (this.#phase === 'done') return
    if (isMisuse(error)) return this.#end({ error }, 'discard')
    if (error instanceof ConnectError) return this.#fail(connectFailure(error, this.#target))
    if (this.#isStale(error)) return this.#resend()
    if (this.#phase === 'body' && !this.#isSuccess()) return this.#finish('discard')
    const connection = this.#connection
    this.#fail(
      exchangeFailure(error, {
        target: this.#target,
        answered: this.#phase === 'body',
        informational: this.#informational,
        fresh: this.#fresh,
        unconfirmedTls: connection?.isUnconfirmedTls ?? false,
        bodyBytes: this.#request.body?.length ?? 0,
      }),
    )
  }

  // --- Timed: the shared timer found us overdue

  expire(now: number) {
    if (this.#phase === 'body' && !this.#isSuccess()) return this.#finish('discard')
    const afterMs = now - (now >= this.#deadline ? this.#startedAt : this.#phaseFrom)
    this.#fail(this.#overdue(afterMs))
  }

  stoodStill(ms: number) {
    this.#deadline += ms
    this.dueAt += ms
  }

  #overdue(afterMs: number): Failure {
    const target = this.#target
    const elapsed = `${Math.round(performance.now() - this.#startedAt)} ms`
    switch (this.#phase) {
      case 'waiting':
        // A limit of ours, shared with other endpoints of that host.
        return localFailure(`no free connection to ${target.origin} after ${elapsed}`)
      case 'headers':
        return timeoutFailure('headers', { target, afterMs, note: `${elapsed}, no headers` })
      case 'body':
        return timeoutFailure('body', { target, afterMs, note: `${elapsed}, body open` })
      default: {
        const step = this.#phase === 'resolving' ? 'dns' : (this.#connection?.phase ?? 'socket')
        return timeoutFailure('connecting', { target, afterMs, note: `${elapsed}, in ${step}` })
      }
    }
  }

  // A kept socket that the other side closed meanwhile. Only where it can't have had the request:
  // it was not written yet, or the kernel refused to take it. Otherwise this is a failed attempt.
  #isStale(error: Error): boolean {
    if (this.#resent || this.#pool === null) return false
    if (this.#phase === 'connecting') return true
    return this.#phase === 'headers' && !this.#fresh && isFailedWrite(error)
  }

  #resend() {
    const connection = this.#connection!
    this.#resent = true
    this.#connection = null
    this.#controller = null
    this.#queued = true
    this.#phase = 'waiting'
    this.#pool!.discard(connection)
    this.#pool!.acquire(this)
  }

  #enter(phase: Phase, limitMs: number) {
    this.#phase = phase
    this.#phaseFrom = performance.now()
    this.dueAt = Math.min(this.#deadline, this.#phaseFrom + limitMs)
  }

  #isSuccess(): boolean {
    return this.#status < 300
  }

  /** The response header decides. */
  #finish(socket: 'release' | 'discard') {
    const answer = this.#answer()
    const durationMs = Math.round(performance.now() - this.#startedAt)
    if (this.#isSuccess()) return this.#end({ kind: 'delivered', answer, durationMs }, socket)
    const { method, body } = this.#request
    const asked = { target: this.#target, method, bodyBytes: body?.length ?? 0 }
    const failure = statusFailure(answer, asked)
    this.#end({ kind: 'failed', failure, answer, durationMs }, socket)
  }

  #fail(failure: Failure) {
    // How long it took would tell what a forbidden name resolves to.
    const tellsTime = failure.code !== 'blocked_destination'
    const durationMs = tellsTime ? Math.round(performance.now() - this.#startedAt) : 0
    const answer = this.#status === 0 ? {} : { answer: this.#answer() }
    this.#end({ kind: 'failed', failure, ...answer, durationMs }, 'discard')
  }

  #answer(): Answer {
    const body = this.#body.subarray(0, this.#keptBytes)
    const bodyCut = this.#bodyBytes > this.#keptBytes
    return { status: this.#status, headers: this.#headers, body, bodyCut }
  }

  #end(result: Outcome | { error: Error }, socket: 'release' | 'discard') {
    this.#phase = 'done'
    this.#shared.deadlines.remove(this)
    if (this.#connection !== null) {
      if (socket === 'release') this.#pool!.release(this.#connection)
      else {
        this.#controller?.abort(new Error('attempt ended'))
        this.#pool!.discard(this.#connection)
      }
    }
    if ('error' in result) this.#settle.reject(result.error)
    else this.#settle.resolve(result)
  }
}

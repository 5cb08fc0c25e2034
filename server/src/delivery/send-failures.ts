import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { errors } from 'undici'
import type { Failure } from '../domain/outcome.ts'
import type { ConnectError } from './egress/connect.ts'
import type { Refusal } from './egress/refusal.ts'
import type { LookupFailure } from './egress/resolver.ts'
import type { Target } from './egress/url.ts'
import { tlsFailure } from './send-tls-failures.ts'

// What the other side or the network did, in one code and a plain sentence. The sentence may be
// read by the customer: refused, unreachable and reset read the same, and no address, errno or
// library text is in it, else endpoints would be a port scanner. Those go to `operatorNote`.

/** Trouble on our side. Counts against no endpoint. */
const LOCAL = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EADDRNOTAVAIL'])
const HANG_UP = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'BELLWIRE_CLOSED'])
/** A request this small is handed to the kernel in one call: all of it or nothing. */
const ONE_WRITE_BYTES = 16_384

/** What nghttp2 says of frames that it cannot make sense of. */
const HTTP_2_NONSENSE = new Set(['ERR_HTTP2_ERROR'])

export function blocked({ message, operatorNote }: Refusal): Failure {
  return { code: 'blocked_destination', message, operatorNote }
}

export function lookupFailure({ detail, note }: LookupFailure, target: Target): Failure {
  if (detail === 'resolver_down') return localFailure(`no name server answered: ${note}`)
  const message = `The host name ${target.host} could not be resolved.`
  return { code: 'dns_failure', message, operatorNote: `${detail}: ${note}` }
}

export function localFailure(operatorNote: string): Failure {
  const message = 'Not sent: trouble on our side; we try again.'
  return { code: 'local_failure', message, operatorNote }
}

export function timeoutFailure(
  detail: 'connecting' | 'headers' | 'body',
  { target, afterMs, note }: { target: Target; afterMs: number; note: string },
): Failure {
  const seconds = Math.round(afterMs / 100) / 10
  const message = {
    connecting: `${target.host} did not complete the connection within ${seconds} s.`,
    headers: `Your server took the request but did not answer within ${seconds} s.`,
    body: 'Your server began to answer and then stalled.',
  }[detail]
  return { code: 'timeout', detail, message, operatorNote: note }
}

export function protocolFailure(operatorNote: string): Failure {
  return { code: 'protocol_error', message: 'What came back was not valid HTTP.', operatorNote }
}

export function headersTooLarge(operatorNote: string): Failure {
  const message = "The answer's headers are larger than 16 KB or more than 100."
  return { code: 'protocol_error', detail: 'headers', message, operatorNote }
}

export function tooLarge(maxBytes: number): Failure {
  const message = `Your server's answer was larger than ${maxBytes / 1_048_576} MiB.`
  return { code: 'response_too_large', message }
}

export function incomplete(operatorNote: string): Failure {
  const message = 'Your server closed the connection before its answer was complete.'
  return { code: 'response_incomplete', message, operatorNote }
}

/** Nothing was sent: TCP or TLS did not come about. */
export function connectFailure(error: ConnectError, target: Target): Failure {
  const note = `${error.phase}${error.peer ? ` to ${error.peer}` : ''}: ${describe(error.cause)}`
  if (error.wrongPeer) {
    const message = 'This URL is not allowed here.'
    return { code: 'blocked_destination', message, operatorNote: note }
  }
  // Address racing reports all of its failures: ours only if every one of them is.
  const causes = error.cause instanceof AggregateError ? error.cause.errors : [error.cause]
  const cause = causes.find((one) => !isLocal(one)) ?? causes[0]
  if (isLocal(cause)) return localFailure(note)

  const hungUp = HANG_UP.has(codeOf(cause))
  if (error.phase === 'tls' && (!hungUp || error.heard)) return tlsFailure(cause, target, note)
  if (codeOf(cause) === 'ETIMEDOUT') {
    const message = `${target.host} did not complete the connection in time.`
    return { code: 'timeout', detail: 'connecting', message, operatorNote: note }
  }
  const message = `Could not connect to ${target.host}.`
  return { code: 'connect_failed', message, operatorNote: note }
}

export type ExchangeState = {
  target: Target
  /** A final response header had arrived. */
  answered: boolean
  informational: number
  fresh: boolean
  /** TLS, and the server never confirmed the handshake with a session ticket. */
  unconfirmedTls: boolean
  bodyBytes: number
}

/** The socket was there and the request was being written or answered. */
export function exchangeFailure(error: Error, state: ExchangeState): Failure {
  const note = describe(error)
  const code = codeOf(error)
  if (isLocal(error)) return localFailure(note)
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return headersTooLarge(note)
  }
  if (state.answered) return incomplete(note)
  if (isUnreadable(error) || state.informational > 0) return protocolFailure(note)
  if (state.fresh && code.startsWith('ERR_SSL_')) return tlsFailure(error, state.target, note)
  if (state.fresh && state.unconfirmedTls) {
    return tlsFailure({ code: 'BELLWIRE_HUNG_UP_AFTER_TLS' }, state.target, note)
  }
  if (state.fresh && isFailedWrite(error) && state.bodyBytes <= ONE_WRITE_BYTES) {
    const message = `Could not connect to ${state.target.host}.`
    return { code: 'connect_failed', message, operatorNote: `nothing was sent: ${note}` }
  }
  return incomplete(note)
}

/** The kernel refused what we wrote, so the other side never had the whole request. */
export function isFailedWrite(error: Error): boolean {
  return HANG_UP.has(codeOf(error)) && 'syscall' in error && error.syscall === 'write'
}

/** Our own mistake (a forbidden header, a closed client): an exception, not an outcome. */
export function isMisuse(error: Error): boolean {
  return error instanceof errors.InvalidArgumentError || error instanceof errors.NotSupportedError
}

function isUnreadable(error: Error): boolean {
  if (error instanceof errors.HTTPParserError || codeOf(error) === 'ERR_ASSERTION') return true
  if (HTTP_2_NONSENSE.has(codeOf(error))) return true
  // Two lengths, or a length and chunks, are reported by the parser as a wrong length.
  if (error instanceof errors.ResponseContentLengthMismatchError) return true
  // 100 and 101 end as a SocketError that only its text tells from a plain hang-up.
  return error.message === 'bad response' || error.message === 'bad upgrade'
}

function isLocal(error: unknown): boolean {
  const code = codeOf(error)
  if (!LOCAL.has(code)) return false
  // An IPv6-only host seen from a machine without IPv6: unreachable, not out of ports.
  return !(code === 'EADDRNOTAVAIL' && isIPv6(addressOf(error)) && !hasIpv6())
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((list) =>
    list?.some((own) => own.family === 'IPv6' && !own.internal && own.scopeid === 0),
  )
}

function codeOf(error: unknown): string {
  return error instanceof Object && 'code' in error ? String(error.code) : ''
}

function addressOf(error: unknown): string {
  return error instanceof Object && 'address' in error ? String(error.address) : ''
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ')
  if (!(error instanceof Error)) return String(error)
  const code = codeOf(error)
  return code === '' ? error.message : `${code} ${error.message}`
}

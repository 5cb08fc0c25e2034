// What is no HTTP request: there is nothing to route, only a socket. Still JSON, for those who look.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { AppError } from '../domain/errors.ts'
import { toErrorAnswer } from './errors.ts'

type Broken = { status: string; detail: string }

const KNOWN: Record<string, Broken> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    detail: 'The request headers are too large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    detail: 'The request did not arrive in time',
  },
}
const MALFORMED: Broken = { status: '400 Bad Request', detail: 'This is not an HTTP request' }

export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, detail } = KNOWN[error.code ?? ''] ?? MALFORMED
  const requestId = randomUUID()
  const refusal = toErrorAnswer(new AppError('generic_error', detail), requestId)
  const body = JSON.stringify({ ...refusal.body, status: Number.parseInt(status, 10) })
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

// One request at a door and its answer, on Node's own HTTP: targets, headers and bodies as they were
// sent. The API's server reads requests for meaning, which is just what must not happen to these.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pairsOf } from '../domain/custom-headers.ts'
import type { RawRequest } from '../domain/source.ts'

export type DoorAnswer = {
  status: number
  headers?: Record<string, string | string[]>
  body?: string | Buffer
}

/** Order, case and repeats as received. */
export const headersOf = ({ rawHeaders }: IncomingMessage) => pairsOf(rawHeaders)

export const rawRequest = (request: IncomingMessage, body: Buffer): RawRequest => ({
  method: request.method ?? '',
  target: request.url ?? '',
  httpVersion: request.httpVersion,
  headers: headersOf(request),
  remoteAddress: addressOf(request),
  body,
})

export const addressOf = ({ socket }: IncomingMessage) =>
  (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')

export type Read =
  | { kind: 'whole'; body: Buffer }
  /** What was read of it until then. */
  | { kind: 'too_large' | 'too_slow'; body: Buffer }
  /** The sender went away: there is nobody to answer. */
  | { kind: 'gone' }

/** As it comes, still encoded. It is never held beyond `maxBytes`, nor waited for beyond `maxMs`. */
export function readBody(
  request: IncomingMessage,
  { maxBytes, maxMs }: { maxBytes: number; maxMs: number },
): Promise<Read> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const timer = setTimeout(() => end('too_slow'), maxMs)
    const end = (kind: Read['kind']) => {
      clearTimeout(timer)
      request.off('data', onData)
      request.off('end', onEnd)
      request.off('close', onClose)
      resolve(kind === 'gone' ? { kind } : { kind, body: Buffer.concat(chunks) })
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) return end('too_large')
      chunks.push(chunk)
    }
    const onEnd = () => end('whole')
    const onClose = () => end(request.complete ? 'whole' : 'gone')
    const declared = Number(request.headers['content-length'] ?? 0)
    if (declared > maxBytes) return end('too_large')
    request.on('data', onData)
    request.on('end', onEnd)
    request.on('close', onClose)
    // A reset is told by `close` too.
    request.on('error', () => {})
  })
}

/** `close`: what is still on its way is not read, so the connection cannot go on. */
export function answer(
  response: ServerResponse,
  { status, headers = {}, body = '' }: DoorAnswer,
  { close = false }: { close?: boolean } = {},
) {
  if (response.destroyed || response.headersSent) return
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const isEmpty = status === 204 || status === 304
  response.writeHead(status, {
    'x-content-type-options': 'nosniff',
    ...headers,
    ...(!isEmpty && { 'content-length': bytes.length }),
    ...(close && { connection: 'close' }),
  })
  response.end(isEmpty || response.req.method === 'HEAD' ? undefined : bytes)
  if (close) response.once('finish', () => response.req.resume())
}

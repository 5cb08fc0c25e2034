// One request as it is, byte for byte, and what came back: headers in their order, case and repeats,
// targets as they are spelled. `fetch` would rewrite all of that.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { pairsOf } from '../domain/custom-headers.ts'

export type Headers = readonly (readonly [name: string, value: string])[]
export type Outgoing = { method: string; target: string; headers: Headers; body: Uint8Array }
export type Reply = { status: number; headers: [string, string][]; body: Buffer; ms: number }

type Where = { origin: URL; timeoutMs: number; insecure?: boolean }

/** Enough to show. */
const MAX_REPLY = 10 * 1024 * 1024

/** Throws what the network says: ECONNREFUSED, ETIMEDOUT … Redirects are not followed. */
export function exchange(
  { method, target, headers, body }: Outgoing,
  { origin, timeoutMs, insecure = false }: Where,
): Promise<Reply> {
  const startedAt = performance.now()
  const open = origin.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const request = open({
      host: origin.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: origin.port,
      method,
      path: target,
      headers: headers.map(([name, value]) => [name, value]) as never,
      setHost: false,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...(insecure && { rejectUnauthorized: false }),
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.name === 'TimeoutError' || error.code === 'ABORT_ERR' ? late(timeoutMs) : error)
    })
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= MAX_REPLY) chunks.push(chunk)
      })
      response.on('error', reject)
      response.on('end', () => {
        resolve({
          status: response.statusCode!,
          headers: pairsOf(response.rawHeaders),
          body: Buffer.concat(chunks),
          ms: Math.round(performance.now() - startedAt),
        })
      })
    })
    request.end(body)
  })
}

const late = (ms: number) =>
  Object.assign(new Error(`no answer within ${ms / 1000} s`), { code: 'ETIMEDOUT' })

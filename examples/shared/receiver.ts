// A receiver on a free port: any listener of Node's `http`, with a note of each request as it came.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from './until.ts'

export type Received = {
  method: string
  /** Path and query, in the spelling in which they came. */
  target: string
  headers: IncomingMessage['headers']
  body: string
  /** What the receiver answered. */
  status: number
  /** When it was answered, in milliseconds of `performance.now()`. */
  at: number
}

/** The raw body is read already: `request.rawBody`. */
export type Listener = (
  request: IncomingMessage & { rawBody: Buffer },
  response: ServerResponse,
) => void | Promise<void>

export type Receiver = {
  url: string
  /** All that came so far. */
  received: Received[]
  /** Waits for the next request that was not given yet. */
  next(): Promise<Received>
  /** Nobody listens any more; `start` opens the same port again. */
  stop(): Promise<void>
  start(): Promise<void>
}

export async function startReceiver(
  name: string,
  listener: Listener = (_, response) => void response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = []
  let given = 0
  let port = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const rawBody = Buffer.concat(chunks)
      const { method = '', url: target = '', headers } = request
      response.once('finish', () => {
        const { statusCode: status } = response
        const body = rawBody.toString('utf8')
        received.push({ method, target, headers, body, status, at: performance.now() })
      })
      Promise.resolve(listener(Object.assign(request, { rawBody }), response)).catch((error) => {
        response.writeHead(500).end(String(error))
      })
    })
  })
  const start = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve())
    })
  await start()
  port = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async next() {
      return await until(`${name} gets a webhook`, () => received[given] && received[given++])
    },
    async stop() {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
    start,
  }
}

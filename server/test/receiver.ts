// A receiver as a customer has it: a real HTTP server that notes what came and behaves as it is told.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

export type Received = {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** Milliseconds on the clock of `performance.now()`, when the whole body was there. */
  at: number
}

/** `hang` never answers, `drop` cuts the connection; an answer may wait for a time, or for a fact. */
export type Reaction =
  | 'hang'
  | 'drop'
  | {
      status?: number
      headers?: Record<string, string>
      body?: string
      delayMs?: number
      once?: Promise<unknown>
    }

type React = (request: Received, count: number) => Reaction

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

/** Ends with the test (or file) that started it. `react` gets each request and how many came so far. */
export async function startReceiver(react: React = () => ({})) {
  const received: Received[] = []
  let reaction = react
  let open = 0
  let mostOpen = 0
  const server = createServer((request, response) => {
    mostOpen = Math.max(mostOpen, ++open)
    response.once('close', () => open--)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const noted = {
        method,
        path: url,
        headers,
        body: Buffer.concat(chunks),
        at: performance.now(),
      }
      received.push(noted)
      void answer(response, reaction(noted, received.length))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  after(close)

  async function close() {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }

  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    /** What came to one path. */
    at: (path: string) => received.filter((request) => request.path === path),
    /** Behaves otherwise from now on. */
    react(next: React) {
      reaction = next
    },
    /** Requests that came and were not answered, now and at the worst moment. */
    open: () => open,
    mostOpen: () => mostOpen,
    close,
  }
}

async function answer(response: ServerResponse, reaction: Reaction): Promise<void> {
  if (reaction === 'hang') return
  if (reaction === 'drop') return void response.destroy()
  const { status = 204, headers = {}, body = '', delayMs = 0, once } = reaction
  if (delayMs > 0) await sleep(delayMs)
  if (once !== undefined) await once
  response.writeHead(status, headers).end(body)
}

/**
 * A port where nothing listens, and where nothing will by chance: systems hand out higher ones, so no
 * server or connection of another test file is given it meanwhile.
 */
export async function closedPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    if (await isClosed(port)) return port
  }
}

export async function isClosed(port: number): Promise<boolean> {
  const probe = createServer()
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

// Doors for strangers, beside the API and on the same port: what is not the API's to read goes to them
// before it sees it. They keep what came byte for byte, and what they answer is never a page.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { BIN_PATH } from '../domain/bin.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Tracing } from '../tracing.ts'
import { type BinDoorDeps, capture } from './bin-door.ts'
import { answer } from './exchange.ts'
import { answerFailure, type InDoorDeps, receive } from './in-door.ts'

export type DoorsDeps = InDoorDeps &
  BinDoorDeps & {
    telemetry: Telemetry
    /** Null when nobody has loaded an SDK. */
    tracing: Tracing | null
  }

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Puts the doors before whatever answers the server's requests. */
export function openDoors(server: Server, deps: DoorsDeps) {
  const others = server.listeners('request') as Handler[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    const door = doorOf(request.url ?? '')
    if (door !== null) return void enter(door, { request, response }, deps)
    for (const handle of others) handle.call(server, request, response)
  })
}

type Door = {
  /** As it is told: never the token. */
  route: string
  enter(request: IncomingMessage, response: ServerResponse, deps: DoorsDeps): Promise<void>
}

const DOORS: Record<string, Door> = {
  '/in/': { route: '/in/:token', enter: receive },
  [BIN_PATH]: { route: `${BIN_PATH}:token`, enter: capture },
}

const doorOf = (target: string): Door | null =>
  Object.entries(DOORS).find(([prefix]) => target.startsWith(prefix))?.[1] ?? null

async function enter(
  door: Door,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  deps: DoorsDeps,
) {
  const startedAt = performance.now()
  if (deps.isDraining()) {
    const headers = { 'retry-after': '1', 'content-type': 'application/json' }
    const body = JSON.stringify({ code: 'unavailable' })
    return answer(response, { status: 503, headers, body }, { close: true })
  }
  response.once('close', () =>
    deps.telemetry.requestServed({
      method: request.method ?? '',
      route: door.route,
      status: response.statusCode,
      durationMs: Math.round(performance.now() - startedAt),
      requestId: '',
    }),
  )
  try {
    const work = () => door.enter(request, response, deps)
    const { method = '', headers } = request
    // Bins are for looking at requests, and what they keep goes nowhere.
    if (deps.tracing === null || door.enter === capture) await work()
    else await deps.tracing.request({ method, route: door.route, headers, response }, work)
  } catch (error) {
    if (door.enter === receive) deps.telemetry.metrics.inbound('unavailable')
    answerFailure(response, error, deps.telemetry)
  }
}

// Doors for strangers, beside the API and on the same port: what is not the API's to read goes to them
// before it sees it. They keep what came byte for byte, and what they answer is never a page.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Telemetry } from '../telemetry.ts'
import { answer } from './exchange.ts'
import { answerFailure, type InDoorDeps, receive } from './in-door.ts'

export type DoorsDeps = InDoorDeps & {
  telemetry: Telemetry
  /** The process is stopping: new requests are refused, those under way get their answer. */
  isDraining(): boolean
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Puts the doors before whatever answers the server's requests. */
export function openDoors(server: Server, deps: DoorsDeps) {
  const others = server.listeners('request') as Handler[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    if (!isForDoor(request.url ?? '')) {
      for (const handle of others) handle.call(server, request, response)
      return
    }
    void enter(request, response, deps)
  })
}

const isForDoor = (target: string) => target.startsWith('/in/')

async function enter(request: IncomingMessage, response: ServerResponse, deps: DoorsDeps) {
  const startedAt = performance.now()
  if (deps.isDraining()) {
    const headers = { 'retry-after': '1', 'content-type': 'application/json' }
    const body = JSON.stringify({ code: 'unavailable' })
    return answer(response, { status: 503, headers, body }, { close: true })
  }
  response.once('close', () =>
    deps.telemetry.requestServed({
      method: request.method ?? '',
      route: '/in/:token',
      status: response.statusCode,
      durationMs: Math.round(performance.now() - startedAt),
      requestId: '',
    }),
  )
  try {
    await receive(request, response, deps)
  } catch (error) {
    answerFailure(response, error, deps.telemetry)
  }
}

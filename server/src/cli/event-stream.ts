// A stream of server-sent events that goes on where it was cut, through restarts of the server.
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from './failures.ts'
import { reasonOf, refusalOf, type Server } from './server-client.ts'

export type StreamEvent = { id: string; event: string; data: string }

type Options = {
  server: Server
  path: string
  signal: AbortSignal
  /** The stream was cut, or is there again: null. */
  told(problem: string | null): void
}

/** The server says something every 15 s. */
const SILENT_MS = 40_000
const BACK_OFF_MS = [0, 100, 1_000, 5_000]
/** Not now, but perhaps in a moment. */
const PASSING = new Set([408, 429, 500, 502, 503, 504])

/** Ends with `signal`. Throws what waiting does not cure: 401, 403, 404, 410. */
export async function* eventsOf({
  server,
  path,
  signal,
  told,
}: Options): AsyncGenerator<StreamEvent> {
  let last: string | null = null
  let failures = 0
  while (!signal.aborted) {
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(new Error('nothing heard')), SILENT_MS)
    const ended = AbortSignal.any([signal, silence.signal])
    try {
      const body = await open({ server, path, last, signal: ended })
      for await (const event of parse(body, () => timer.refresh())) {
        if (failures > 1) told(null)
        failures = 0
        last = event.id
        yield event
      }
    } catch (error) {
      if (error instanceof CommandError) throw error
      if (!signal.aborted && failures === 1) told(reasonOf(error))
    } finally {
      clearTimeout(timer)
      // Whoever stops reading lets go of the connection.
      silence.abort()
    }
    const wait = BACK_OFF_MS[Math.min(failures++, BACK_OFF_MS.length - 1)]!
    await sleep(wait * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {})
  }
}

type Open = { server: Server; path: string; last: string | null; signal: AbortSignal }

async function open({ server, path, last, signal }: Open): Promise<ReadableStream<Uint8Array>> {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    signal,
    headers: {
      authorization: `Bearer ${server.apiKey}`,
      ...(last !== null && { 'last-event-id': last }),
    },
  })
  if (answer.ok && answer.body !== null) return answer.body
  const text = await answer.text()
  if (PASSING.has(answer.status)) throw new Error(`the server says ${answer.status}`)
  throw refusalOf(answer.status, JSON.parse(text) as object)
}

/** Frames end with an empty line. What is cut in the middle counts as not heard. */
async function* parse(body: ReadableStream<Uint8Array>, heard: () => void) {
  const parts: string[] = []
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    heard()
    parts.push(decoder.decode(chunk, { stream: true }))
    // A body of megabytes comes in many chunks: joined once, when it may be whole.
    if (!parts.at(-1)!.includes('\n')) continue
    const frames = parts.join('').split('\n\n')
    parts.splice(0, parts.length, frames.pop()!)
    for (const frame of frames) {
      const event = toEvent(frame)
      if (event !== null) yield event
    }
  }
}

function toEvent(frame: string): StreamEvent | null {
  const fields = new Map(
    frame.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ')
      return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
  const [id, event, data] = ['id', 'event', 'data'].map((name) => fields.get(name))
  return id === undefined || event === undefined ? null : { id, event, data: data ?? '' }
}

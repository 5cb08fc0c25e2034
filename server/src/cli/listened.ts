// What is listened to: a bin, a source, or the deliveries of an application.
import { CommandError } from './failures.ts'
import type { Arrived } from './local-request.ts'
import { ask, type Server } from './server-client.ts'
import { filterJson } from './wanted-requests.ts'

export type Listened = {
  path: string
  /** Lines to tell whoever listens. */
  hints: string[]
  read(data: string): Arrived
  /** The bin whose senders wait for the local answer; null: nobody waits. */
  relaysFor: string | null
  /** Once it listens. */
  begin?(): Promise<void>
  /** When it ends; what is not ended is ended by the server a while later. */
  end?(): Promise<void>
}

export type Wanted = {
  source?: string
  bin?: string
  app?: string
  events?: string[]
  /** As JSON. */
  filter?: string
  secret?: string
  method?: string
  since: Date | null
  relay: boolean
}

export async function openListened(server: Server, wanted: Wanted): Promise<Listened> {
  const { source, bin, app, events, secret, method } = wanted
  if ([source, bin, app].filter((each) => each !== undefined).length !== 1) {
    throw new CommandError('Give either --source, --bin or --app', 2)
  }
  if (secret !== undefined && app === undefined) {
    throw new CommandError('--secret: only deliveries of an application (--app) are signed here', 2)
  }
  if (app !== undefined && method !== undefined) {
    throw new CommandError('--method: deliveries of an application are chosen by --events', 2)
  }
  if (bin !== undefined && events !== undefined) {
    throw new CommandError('--events: a bin knows no event types', 2)
  }
  if (app !== undefined) return ofApplication(server, app, wanted)
  return bin !== undefined ? ofBin(server, bin, wanted) : ofSource(server, source!, wanted)
}

type Door = { url: string }
type CaptureOut = Omit<Arrived, 'body'> & { body: { base64: string } }
type RequestOut = Omit<Arrived, 'body' | 'answerBy'> & { body: string | null }

async function ofBin(server: Server, bin: string, { since, relay }: Wanted): Promise<Listened> {
  const path = `/bin/${encodeURIComponent(bin)}`
  const { url } = await ask<Door>(server, `${path}/token`)
  return {
    path: streamOf(path, { since, relay }),
    hints: [
      `Send to ${url}`,
      ...(relay ? ['Senders get the answer of your server, if it comes within 10 s.'] : []),
    ],
    read: readCapture,
    relaysFor: relay ? bin : null,
  }
}

function readCapture(data: string): Arrived {
  const capture = JSON.parse(data) as CaptureOut
  return { ...capture, body: Buffer.from(capture.body.base64, 'base64'), eventType: null }
}

async function ofSource(
  server: Server,
  source: string,
  { events, since }: Wanted,
): Promise<Listened> {
  const path = `/source/${encodeURIComponent(source)}`
  const { url } = await ask<Door>(server, `${path}/token`)
  return {
    path: streamOf(path, { since, relay: false, ...(events && { events }) }),
    hints: [`Webhooks that the provider sends to ${url}`],
    read(data) {
      const request = JSON.parse(data) as RequestOut
      return { ...request, answerBy: null, body: Buffer.from(request.body ?? '', 'base64') }
    },
    relaysFor: null,
  }
}

type Stream = { since: Date | null; relay: boolean; events?: string[] }

function streamOf(path: string, { since, relay, events }: Stream): string {
  const query = new URLSearchParams()
  if (events !== undefined) query.set('events', events.join(','))
  if (since !== null) query.set('since', since.toISOString())
  if (relay) query.set('answers', 'true')
  return `${path}/event-stream${query.size === 0 ? '' : `?${query}`}`
}

async function ofApplication(server: Server, app: string, wanted: Wanted): Promise<Listened> {
  const { events, filter, secret, since } = wanted
  const path = `/app/${encodeURIComponent(app)}`
  const bin = await ask<{ id: string; listensTo: string }>(server, `${path}/listener`, {
    ...(events !== undefined && { eventTypes: events }),
    ...(filter !== undefined && { filter: filterJson(filter) }),
    ...(secret !== undefined && { secret }),
  })
  const endpoint = `${path}/endpoint/${bin.listensTo}`
  const { key } = await ask<{ key: string }>(server, `${endpoint}/secret`)
  return {
    // From its beginning, also when the first connection is cut.
    path: `/bin/${bin.id}/event-stream?after=0&answers=true`,
    hints: [
      `Deliveries of ${app}; what your server answers is the result of the attempt.`,
      `They are signed with ${key}`,
    ],
    read(data) {
      const capture = readCapture(data)
      return { ...capture, eventType: eventTypeOf(capture) }
    },
    relaysFor: bin.id,
    async begin() {
      if (since !== null) await ask(server, `${endpoint}/replay-missing`, { since })
    },
    async end() {
      try {
        await ask(server, `/bin/${bin.id}`, null, 'DELETE')
      } catch (error) {
        console.error(`The endpoint stays for some minutes: ${(error as Error).message}`)
      }
    },
  }
}

/** What it says of itself, where it says that at all. */
function eventTypeOf({ body }: Arrived): string | null {
  try {
    const { type } = JSON.parse(body.toString('utf8')) as { type?: unknown }
    return typeof type === 'string' ? type : null
  } catch {
    return null
  }
}

// What is listened to: a bin or a source.
import { CommandError } from './failures.ts'
import type { Arrived } from './local-request.ts'
import { ask, type Server } from './server-client.ts'

export type Listened = {
  path: string
  /** Lines to tell whoever listens. */
  hints: string[]
  read(data: string): Arrived
}

type Wanted = { source?: string; bin?: string; events?: string[] }

export async function openListened(server: Server, wanted: Wanted): Promise<Listened> {
  const { source, bin, events } = wanted
  if ((source === undefined) === (bin === undefined)) {
    throw new CommandError('Give either --source or --bin', 2)
  }
  if (bin !== undefined) {
    if (events !== undefined) throw new CommandError('--events: a bin knows no event types', 2)
    return ofBin(server, bin)
  }
  return ofSource(server, source!, events)
}

type Door = { url: string }
type CaptureOut = Omit<Arrived, 'body'> & { body: { base64: string } }
type RequestOut = Omit<Arrived, 'body'> & { body: string | null }

async function ofBin(server: Server, bin: string): Promise<Listened> {
  const path = `/bin/${encodeURIComponent(bin)}`
  const { url } = await ask<Door>(server, `${path}/token`)
  return {
    path: `${path}/event-stream`,
    hints: [`Send to ${url}`],
    read: readCapture,
  }
}

function readCapture(data: string): Arrived {
  const capture = JSON.parse(data) as CaptureOut
  return { ...capture, body: Buffer.from(capture.body.base64, 'base64'), eventType: null }
}

async function ofSource(server: Server, source: string, events?: string[]): Promise<Listened> {
  const path = `/source/${encodeURIComponent(source)}`
  const { url } = await ask<Door>(server, `${path}/token`)
  const query = events === undefined ? '' : `?events=${encodeURIComponent(events.join(','))}`
  return {
    path: `${path}/event-stream${query}`,
    hints: [`Webhooks that the provider sends to ${url}`],
    read(data) {
      const request = JSON.parse(data) as RequestOut
      return { ...request, body: Buffer.from(request.body ?? '', 'base64') }
    },
  }
}

// What arrives at a bin or a source, as it arrives: server-sent events that go on where they were cut.
// Beside the table of routes, whose answers are whole; who may call is decided as there.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { assertMay, type Caller } from '../domain/access.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { getBin } from '../store/bins.ts'
import { getSource } from '../store/sources.ts'
import { newCaptures, sharedCaptures } from './bin-stream.ts'
import { identifyCaller } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { toAppError } from './errors.ts'
import { choice, dateTime, text, texts } from './lists.ts'
import { newRequests } from './source-stream.ts'

/** Each looks into the database some times a second. */
const MAX_STREAMS = 100
/** Of links, which anybody may have: they take no place of those. */
const MAX_LINK_STREAMS = 50

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

export type Watch = {
  /** The id of the last event that its reader has; null begins with what comes from now on. */
  after: string | null
  events: string[] | null
  /** Without `after`: what came since. */
  since: Date | null
  /** Of a bin: its reader answers in the bin's place. */
  answers: boolean
  /** Its reader is gone, or the server stops. */
  isOver(): boolean
}

export function serveEventStreams(app: FastifyInstance, deps: ApiDeps) {
  const { store } = deps
  const ofEnvironment = createStream(app, deps, MAX_STREAMS)
  const ofLinks = createStream(app, deps, MAX_LINK_STREAMS)

  function stream(
    path: string,
    watch: (name: string, caller: Caller, given: Watch) => Promise<AsyncIterable<string>>,
  ) {
    ofEnvironment(path, async (name, given, request, reply) => {
      const caller = await identifyCaller(request, reply, deps)
      assertMay(caller, { method: 'GET', access: 'environment' })
      if (name.includes('\0')) throw notFound()
      const asked = given()
      // To answer for a bin is more than to look at it.
      if (asked.answers) assertMay(caller, { method: 'POST', access: 'environment' })
      return watch(name, caller, asked)
    })
  }

  stream('/api/v1/bin/:name/event-stream', async (name, { environmentId }, given) =>
    newCaptures(await getBin(store.db, environmentId, name), given, deps),
  )
  stream('/api/v1/source/:name/event-stream', async (name, { environmentId }, given) =>
    newRequests(await getSource(store.db, environmentId, name), given, deps),
  )
  ofLinks('/api/v1/shared-bin/:name/event-stream', (token, given) =>
    sharedCaptures(token, given(), deps),
  )
}

type Open = (
  name: string,
  /** Throws 422. */
  given: () => Watch,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<AsyncIterable<string>>

/** Serves streams, so many at once and no more. */
function createStream(app: FastifyInstance, { isDraining }: ApiDeps, most: number) {
  let count = 0
  return (path: string, open: Open) => {
    app.get(path, { exposeHeadRoute: false }, async (request, reply) => {
      const { name = '' } = request.params as { name?: string }
      const isOver = () => isGone(reply) || isDraining()
      const given = () => ({ ...askedOf(request), isOver })
      const frames = await open(name, given, request, reply)
      if (count >= most) {
        throw new AppError('unavailable', `There are ${most} streams already: try later`, {
          retryAfterSeconds: 5,
        })
      }
      count++
      reply.raw.once('close', () => count--)
      return reply.headers(HEADERS).send(Readable.from(frames, { objectMode: false }))
    })
  }
}

const isGone = (reply: FastifyReply) => reply.raw.destroyed || reply.raw.writableEnded

/** `after` is for the first connection of a browser, which cannot give the header. */
const Query = z.object({
  after: text(),
  events: texts(),
  since: dateTime(),
  answers: choice(['true', 'false']),
})

/** Throws 422. */
function askedOf({ headers, query }: FastifyRequest): Omit<Watch, 'isOver'> {
  const parsed = Query.safeParse(query)
  if (!parsed.success) throw toAppError(parsed.error, 'query')
  const { after = null, events, since = null, answers } = parsed.data
  const header = headers['last-event-id']
  return {
    after: typeof header === 'string' && header !== '' ? header : after,
    ...{ events, since, answers: answers === 'true' },
  }
}

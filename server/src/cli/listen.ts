// Brings webhooks to a server on this machine, byte for byte, and its answers back.
import { eventsOf } from './event-stream.ts'
import type { Reply } from './exchange.ts'
import { CommandError } from './failures.ts'
import { createKeptRequests } from './kept-requests.ts'
import { createKeys } from './listen-keys.ts'
import { readKeys, toJson, toLine } from './listen-lines.ts'
import { openListened } from './listened.ts'
import { type Arrived, localTarget, type Towards, toLocal } from './local-request.ts'
import { createLocalServer } from './local-server.ts'
import { relay } from './relayed-answer.ts'
import { findServer } from './server-client.ts'
import { parseSince } from './since.ts'
import { createTest } from './wanted-requests.ts'

/** Ids that are known to have come: the server tells the last seconds again after a cut. */
const MAX_SEEN = 20_000

export type ListenOptions = {
  source?: string
  bin?: string
  app?: string
  path: string
  hostHeader?: 'keep' | 'local'
  events?: string
  filter?: string
  since?: string
  secret?: string
  relay: boolean
  method?: string
  waitLocal: number
  maxConnections: number
  json?: boolean
}

export async function listen(port: string, options: ListenOptions): Promise<void> {
  const origin = originOf(port)
  const { app, path, filter, method } = options
  // Of deliveries it is a name that leads nowhere: that tells a server nothing.
  const { hostHeader = app === undefined ? 'keep' : 'local' } = options
  const towards: Towards = { path, host: origin.host, keepHost: hostHeader === 'keep' }
  // Of an application the server asks it.
  const isWanted = createTest(app === undefined ? filter : undefined, method)
  const since = options.since === undefined ? null : parseSince(options.since, new Date())
  const server = await findServer()
  const listened = await openListened(server, { ...toWanted(options), since })
  const stop = new AbortController()
  const quit = () => stop.abort()
  const local = createLocalServer({
    ...{ origin, waitSeconds: options.waitLocal, signal: stop.signal },
  })
  const kept = createKeptRequests()
  const running = new Set<Promise<void>>()

  async function bring(number: number, arrived: Arrived, report: typeof answer | null) {
    const result = await local(toLocal(arrived, towards))
    const relayed = (await report?.(arrived, result)) ?? null
    const shown = { ...arrived, target: localTarget(arrived.target, path) }
    const line = options.json ? toJson : toLine
    console.log(line({ number, arrived: shown, result, relay: relayed }))
  }

  const answer = (arrived: Arrived, result: Reply | string) =>
    listened.relaysFor === null ? null : relay(server, { bin: listened.relaysFor, arrived, result })

  function start(work: Promise<unknown>) {
    const run = work.then(() => void running.delete(run))
    running.add(run)
  }

  const keys = createKeys({
    again(wanted) {
      const found = kept.find(wanted)
      if (found === null) console.error(`There is no request ${wanted ?? ''} to send again`)
      else start(bring(...found, null))
    },
    quit,
  })
  const closeKeys = readKeys(keys)
  process.on('SIGINT', quit)
  process.on('SIGTERM', quit)
  for (const hint of listened.hints) console.error(hint)
  const told = (problem: string | null) =>
    console.error(
      problem === null ? 'Connected again.' : `The server is away (${problem}); trying again.`,
    )
  let count = 0
  const seen = new Set<string>()
  let startId = ''
  try {
    for await (const { id, event, data } of eventsOf({
      ...{ server, path: listened.path, signal: stop.signal, told },
    })) {
      if (event === 'ready') {
        if (startId !== '') continue
        startId = id
        await listened.begin?.()
        console.error(
          `Listening, to ${origin.origin}${path}${closeKeys === null ? '' : '. r: the last one again, 12r: number 12, q: end'}`,
        )
        continue
      }
      if (event === 'closed') throw new CommandError('The bin has expired')
      const arrived = listened.read(data)
      // Of a source: ids sort by time, and what came before we began is not ours.
      if (seen.has(arrived.id) || (event === 'request' && arrived.id < startId)) continue
      seen.add(arrived.id)
      if (seen.size > MAX_SEEN) seen.delete(seen.values().next().value!)
      while (running.size >= options.maxConnections) await Promise.race(running)
      if (!isWanted(arrived)) {
        // Its sender need not wait any longer.
        start(Promise.resolve(answer(arrived, 'not wanted')))
        continue
      }
      kept.keep(++count, arrived)
      start(bring(count, arrived, answer))
    }
  } finally {
    closeKeys?.()
    process.off('SIGINT', quit)
    process.off('SIGTERM', quit)
    await Promise.all(running)
    await listened.end?.()
  }
}

function toWanted({ source, bin, app, filter, secret, method, relay, events }: ListenOptions) {
  const types = events?.split(',').filter((type) => type !== '')
  return {
    ...(source !== undefined && { source }),
    ...(bin !== undefined && { bin }),
    ...(app !== undefined && { app }),
    ...(filter !== undefined && { filter }),
    ...(secret !== undefined && { secret }),
    ...(method !== undefined && { method }),
    ...(types !== undefined && { events: types }),
    relay,
  }
}

/** Only this machine: strangers' requests are no way into other networks. */
function originOf(port: string): URL {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (number >= 1 && number <= 65_535) return new URL(`http://localhost:${number}`)
  throw new CommandError(`PORT: expected a port of this machine, such as 3000, got ${port}`, 2)
}

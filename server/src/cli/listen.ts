// Brings webhooks to a server on this machine, byte for byte.
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { eventsOf } from './event-stream.ts'
import { exchange, type Reply } from './exchange.ts'
import { CommandError } from './failures.ts'
import { createKeys } from './listen-keys.ts'
import { openListened } from './listened.ts'
import { type Arrived, localTarget, type Towards, toLocal } from './local-request.ts'
import { printable } from './printable.ts'
import { findServer, reasonOf } from './server-client.ts'

const ANSWER_MS = 30_000
const TRY_AGAIN_MS = 200
/** Requests that can be sent again by their number. */
const MAX_KEPT = 200
/** Ids that are known to have come: the server tells the last seconds again after a cut. */
const MAX_SEEN = 20_000

export type ListenOptions = {
  source?: string
  bin?: string
  path: string
  hostHeader: 'keep' | 'local'
  events?: string
  method?: string
  waitLocal: number
  maxConnections: number
  json?: boolean
}

export async function listen(port: string, options: ListenOptions): Promise<void> {
  const origin = originOf(port)
  const towards: Towards = {
    ...{ path: options.path, host: origin.host, keepHost: options.hostHeader === 'keep' },
  }
  const server = await findServer()
  const events = options.events?.split(',').filter((type) => type !== '')
  const { source, bin } = options
  const listened = await openListened(server, {
    ...(source !== undefined && { source }),
    ...(bin !== undefined && { bin }),
    ...(events !== undefined && { events }),
  })
  const stop = new AbortController()
  const quit = () => stop.abort()
  const kept = new Map<number, Arrived>()
  const running = new Set<Promise<void>>()
  let isDown = false

  async function bring(arrived: Arrived, number: number) {
    const outgoing = toLocal(arrived, towards)
    const until = performance.now() + (isDown ? 0 : options.waitLocal * 1000)
    for (;;) {
      try {
        const reply = await exchange(outgoing, { origin, timeoutMs: ANSWER_MS })
        isDown = false
        return tell(number, arrived, reply)
      } catch (error) {
        const reason = reasonOf(error)
        const isRefused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
        if (isRefused && performance.now() < until && !stop.signal.aborted) {
          await sleep(TRY_AGAIN_MS)
          continue
        }
        // The next ones are not kept waiting for a server that is not there.
        isDown = isRefused
        return tell(number, arrived, (error as NodeJS.ErrnoException).code ?? reason)
      }
    }
  }

  function tell(number: number, arrived: Arrived, result: Reply | string) {
    const line = options.json ? toJson : toLine
    console.log(
      line(number, { ...arrived, target: localTarget(arrived.target, options.path) }, result),
    )
  }

  function start(arrived: Arrived, number: number) {
    const run = bring(arrived, number).finally(() => running.delete(run))
    running.add(run)
  }

  const keys = createKeys({
    again(wanted) {
      const number = wanted ?? [...kept.keys()].at(-1)
      const arrived = number === undefined ? undefined : kept.get(number)
      if (arrived === undefined) console.error(`There is no request ${wanted ?? ''} to send again`)
      else start(arrived, number!)
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
        if (startId === '') {
          startId = id
          console.error(
            `Listening, to ${origin.origin}${options.path}${closeKeys === null ? '' : '. r: the last one again, 12r: number 12, q: end'}`,
          )
        }
        continue
      }
      if (event === 'closed') throw new CommandError('The bin has expired')
      const arrived = listened.read(data)
      // Of a source: ids sort by time, and what came before we began is not ours.
      if (seen.has(arrived.id) || (event === 'request' && arrived.id < startId)) continue
      seen.add(arrived.id)
      if (seen.size > MAX_SEEN) seen.delete(seen.values().next().value!)
      if (options.method !== undefined && arrived.method !== options.method) continue
      kept.set(++count, arrived)
      kept.delete(count - MAX_KEPT)
      while (running.size >= options.maxConnections) await Promise.race(running)
      start(arrived, count)
    }
  } finally {
    closeKeys?.()
    process.off('SIGINT', quit)
    process.off('SIGTERM', quit)
    await Promise.all(running)
  }
}

/** Only this machine: strangers' requests are no way into other networks. */
function originOf(port: string): URL {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (number >= 1 && number <= 65_535) return new URL(`http://localhost:${number}`)
  throw new CommandError(`PORT: expected a port of this machine, such as 3000, got ${port}`, 2)
}

/** Null without a terminal. */
function readKeys(keys: (key: string) => void): (() => void) | null {
  const { stdin } = process
  if (!stdin.isTTY) return null
  const onData = (text: string) => {
    for (const key of text) keys(key)
  }
  stdin.setRawMode(true).setEncoding('utf8').on('data', onData)
  stdin.resume()
  return () => {
    stdin.setRawMode(false).off('data', onData)
    stdin.pause()
  }
}

function toLine(number: number, arrived: Arrived, result: Reply | string): string {
  const time = new Date().toTimeString().slice(0, 8)
  const isGood = typeof result === 'object' && result.status >= 200 && result.status < 300
  const said = typeof result === 'object' ? `${result.status}  ${result.ms} ms` : result
  const { method, target, body, eventType } = arrived
  return [
    `#${number}`,
    time,
    styleText(isGood ? 'green' : 'red', said, { stream: process.stdout }),
    ...(eventType === null ? [] : [printable(eventType)]),
    `${method} ${printable(target)}`,
    `${body.length} bytes`,
  ].join('  ')
}

function toJson(number: number, arrived: Arrived, result: Reply | string): string {
  const { id, method, target, eventType, body } = arrived
  const answer =
    typeof result === 'string'
      ? { status: null, ms: null, failure: result }
      : { status: result.status, ms: result.ms, failure: null }
  return JSON.stringify({ number, id, method, target, eventType, bytes: body.length, ...answer })
}

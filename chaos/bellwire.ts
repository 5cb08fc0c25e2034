// Bellwire as its users start it, on a port that stays the same over restarts.
import { fileURLToPath } from 'node:url'
import { until } from './fault.ts'
import { freePort } from './ports.ts'
import { type Started, start } from './processes.ts'

const BIN = fileURLToPath(new URL('../server/bin/bellwire.js', import.meta.url))
export const TOKEN = 'an-api-key-from-the-first-start'
export const BASE_ENV: Record<string, string> = {
  BELLWIRE_MAIN_SECRET: 'the main secret of a test, 32 characters and more',
  BELLWIRE_BOOTSTRAP_API_KEY: TOKEN,
  BELLWIRE_EGRESS_ALLOW: '127.0.0.0/8',
  BELLWIRE_RETRY_SCHEDULE: '1,1,2',
  BELLWIRE_REQUEST_TIMEOUT: '2',
}

export type Node = Awaited<ReturnType<typeof newNode>>
type Env = Record<string, string>
type How = {
  group?: boolean /** Descriptors it may have. */
  descriptors?: number
  within?: number
}

/** Not started yet. */
export async function newNode(env: Env) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const full = { ...BASE_ENV, BELLWIRE_PORT: `${port}`, ...env }
  let current: Started | null = null
  const all: Started[] = []

  function launch({ group = false, descriptors }: How = {}) {
    const serve = [BIN, 'serve']
    current =
      descriptors === undefined
        ? start(process.execPath, serve, { env: full, group })
        : start(
            'sh',
            ['-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', process.execPath, ...serve],
            { env: full, group },
          )
    all.push(current)
    return current
  }
  const node = {
    url,
    port,
    launch,
    /** Milliseconds until it was ready. */
    async start(how: How = {}) {
      const startedAt = performance.now()
      const launched = launch(how)
      const isReady = () => {
        if (!launched.isRunning())
          throw new Error(`bellwire has ended: ${launched.err().slice(-2_000)}`)
        return statusOf(`${url}/readyz`).then((status) => status === 200)
      }
      await until('the server is ready', isReady, {
        within: how.within ?? 40_000,
        or: () => launched.err().slice(-2_000),
      })
      return Math.round(performance.now() - startedAt)
    },
    now: () => current!,
    end: () => current?.end(),
    /** What all its lives said. */
    log: () => all.map((each) => each.err()).join(''),
    /** The figure of one series of /metrics. */
    async figure(series: string): Promise<number> {
      const text = await fetch(`${url}/metrics`).then((answer) => answer.text())
      const line = text.split('\n').find((each) => each.startsWith(`${series} `))
      return Number(line?.slice(series.length + 1) ?? 0)
    },
    async call(method: string, path: string, body?: object, headers: Env = {}) {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, ...headers },
        signal: AbortSignal.timeout(20_000),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return {
        status: answer.status,
        headers: answer.headers,
        body: (text === '' ? {} : JSON.parse(text)) as Json,
      }
    },
  }
  return node
}

// biome-ignore lint/suspicious/noExplicitAny: tests read what they know of answers, and fail if it is not there.
export type Json = { [name: string]: any }

export const statusOf = (url: string, withinMs = 2_000): Promise<number> =>
  fetch(url, { signal: AbortSignal.timeout(withinMs) }).then(
    async (answer) => {
      await answer.body?.cancel()
      return answer.status
    },
    () => 0,
  )

// Bellwire in this process on a database of its own, with an API key and the official client: what an
// end-to-end test drives. It stops with the test (or file) that started it, and that fails if the
// server had trouble nobody expected.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { Svix } from 'svix'
import { type AppOptions, startApp } from '../src/app.ts'
import { type Environment, readConfig } from '../src/config.ts'
import { createApiKey } from '../src/store/api-keys.ts'
import type { Connection } from '../src/store/connect.ts'
import { createTelemetry, type Telemetry } from '../src/telemetry.ts'
import { testDatabase } from './database.ts'

/** What the nodes of one Bellwire share. */
type Home = {
  connection: Connection
  mainSecret: string
  /** Nodes that were started later: the database goes with the first one, so they stop before it. */
  guests: (() => Promise<void>)[]
}

export type Bellwire = Awaited<ReturnType<typeof startBellwire>>

/**
 * `env` is what differs from: any free port, loopback receivers, two quick retries. `tolerates` names
 * the trouble that the test makes on purpose; `*` is any. `beside` is a server whose database this one
 * shares, as another node of the same Bellwire.
 */
export async function startBellwire(
  env: Environment = {},
  tolerates: string[] = [],
  beside: Home | null = null,
  inbound: AppOptions['inbound'] = {},
) {
  // Registered before the database's own, because hooks run in that order.
  let stop = async () => {}
  after(() => stop())
  const home: Home = beside ?? {
    connection: (await testDatabase()).connection,
    mainSecret: randomBytes(32).toString('hex'),
    guests: [],
  }
  const config = readConfig({
    BELLWIRE_PORT: '0',
    BELLWIRE_EGRESS_ALLOW: '127.0.0.0/8',
    BELLWIRE_RETRY_SCHEDULE: '0.05,0.05',
    BELLWIRE_SHUTDOWN_GRACE: '2',
    ...env,
  })
  const { telemetry, troubles } = listeningTelemetry()
  const app = await startApp({ config, ...home, telemetry, inbound })
  let stopped: Promise<void> | null = null
  stop = () => {
    const guests = beside === null ? home.guests : []
    stopped ??= Promise.all(guests.map((leave) => leave()))
      .then(() => app.stop())
      .then(() => {
        const unexpected = troubles.filter(
          (trouble) => !tolerates.some((event) => event === '*' || trouble.startsWith(event)),
        )
        assert.deepEqual(unexpected, [], 'the server had trouble')
      })
    return stopped
  }
  if (beside !== null) home.guests.push(stop)
  const { token } = await createApiKey(app.store.db, app.environmentId, { name: 'e2e' })

  return {
    home,
    url: app.url,
    token,
    environmentId: app.environmentId,
    store: app.store,
    svix: new Svix(token, { serverUrl: app.url, retryScheduleInMs: [] }),
    stop,
    /** A request as anybody's HTTP client makes it; the body goes out as it is given. */
    async call(
      method: string,
      path: string,
      body?: string | object,
      headers: Record<string, string> = {},
    ) {
      const text = typeof body === 'object' ? JSON.stringify(body) : body
      const answer = await fetch(`${app.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(text !== undefined && { body: text }),
      })
      const answered = await answer.text()
      return {
        status: answer.status,
        headers: answer.headers,
        text: answered,
        body: toJson(answered),
      }
    },
    /** Runs, of whatever endpoint, that are not over. */
    async pending() {
      const { rows } = await app.store.pool.query<{ count: number }>(
        'select count(*)::int as count from pending_delivery',
      )
      return rows[0]!.count
    },
  }
}

type Json = { [name: string]: unknown }

function toJson(text: string): Json {
  return text === '' ? {} : (JSON.parse(text) as Json)
}

/** Says nothing, and keeps what the server could not do. */
function listeningTelemetry() {
  const troubles: string[] = []
  const trouble = (event: string, error: unknown) => void troubles.push(`${event}: ${error}`)
  const telemetry: Telemetry = {
    ...createTelemetry({ level: 'silent' }),
    trouble,
    bestEffort: (what, work) => work().then(undefined, (error) => trouble(what, error)),
  }
  return { telemetry, troubles }
}

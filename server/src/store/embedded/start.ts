import { chooseAddress } from './address.ts'
import { ensureCluster, readPassword, SUPERUSER } from './cluster.ts'
import { codeOf, EmbeddedError } from './embedded-error.ts'
import { layoutOf } from './layout.ts'
import { ensureDatabase } from './lock.ts'
import { readPostmaster } from './postmaster.ts'
import { type Log, lockRunningServer, type Server, stopServer } from './server.ts'
import { findServerUser } from './server-user.ts'
import { supervise } from './supervise.ts'

// A PostgreSQL 18 of our own, from the programs that come as npm packages, in the data directory.
// Durable, on a Unix socket only, as another user when we are root, and independent of this
// process: killed, we leave it running and adopt it at the next start. One Bellwire at a time.

export { EmbeddedError }

export const DATABASE = 'bellwire'

export type Embedded = AsyncDisposable & {
  /** for `new pg.Pool()`, as superuser; stays the same when the server is started again */
  connection: {
    host: string
    port: number
    user: string
    password: string
    database: string
    ssl: false
  }
  /** Waits until the server is gone. Close all pools before. */
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  dataDir: string
  log: Log
  /** PostgreSQL settings above all others; an adopted server keeps those it was started with */
  settings?: Record<string, string>
}

export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  try {
    return await startOrAdopt(options)
  } catch (error) {
    const code = codeOf(error)
    if (error instanceof EmbeddedError || code === undefined) throw error
    throw new EmbeddedError(
      `The embedded PostgreSQL in ${options.dataDir} could not be started: ${String(error)}. ` +
        'The data directory must be on a local disk with room, and writable for the user who starts Bellwire.',
      { cause: error },
    )
  }
}

async function startOrAdopt({ dataDir, log, settings = {} }: EmbeddedOptions): Promise<Embedded> {
  const layout = layoutOf(dataDir)
  const user = await findServerUser(layout)
  await ensureCluster({ layout, user })

  const recorded = (await readPostmaster(layout))?.address ?? null
  const address = await chooseAddress({ layout, user }, recorded)
  const login = { ...address, user: SUPERUSER, password: await readPassword(layout) }
  const server: Server = { layout, user, address, login, settings, log }

  const ending = new AbortController()
  const again = () => lockRunningServer(server, ending.signal)
  const lock = await again()
  try {
    await ensureDatabase(lock, DATABASE)
  } catch (error) {
    await lock.client.end()
    throw error
  }

  let current = lock
  const supervised = supervise({
    lock,
    again: async () => {
      current = await again()
      return current
    },
    log,
    signal: ending.signal,
  })

  async function end() {
    ending.abort()
    await supervised
    // The lock is held to the end: a Bellwire that starts now waits instead of adopting.
    await stopServer(server)
    await current.client.end().catch(() => {}) // the server has ended the session
  }
  let ended: Promise<void> | null = null
  const stop = () => {
    ended ??= end()
    return ended
  }
  return {
    connection: { ...login, database: DATABASE, ssl: false },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

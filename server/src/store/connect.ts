import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import pg, { DatabaseError } from 'pg'
import { findPooler, type Pooler, UnnamedClient } from './pooler.ts'
import type { Tables } from './tables.ts'

export type Pool = pg.Pool
export type Db = Kysely<Tables>

/** How to reach PostgreSQL: a URL, or the settings of one that we started. */
export type Connection =
  | string
  | { host: string; port: number; user: string; password: string; database: string }

export type Store = {
  /** For everything that people ask for. */
  db: Db
  /** The same connections, for statements written by hand. */
  pool: Pool
  /** Connections of their own for accept, claim and record, so that neither starves the other. */
  hot: Pool
  /** One connection for heartbeats: no backlog of anything else may make a node look dead. */
  beats: Pool
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000
/** Callers wait no longer than about ten seconds, a second try behind a locked table included. */
const LOCK_TIMEOUT_MS = 4_000
const PATIENT = { statementMs: 15_000, queryMs: 17_000 }
const BRISK = { statementMs: 8_000, queryMs: 9_000 }

type Options = {
  onError: (error: Error) => void
  poolSize?: number
  hotPoolSize?: number
  /** There is a pooler between: it knows no settings of a session. */
  pooled?: boolean
  /** Statements are prepared once a connection; not so behind a pooler that does not know of it. */
  prepared?: boolean
}

export function connect(
  connection: Connection,
  { onError, poolSize = 8, hotPoolSize = 6, pooled = false, prepared = !pooled }: Options,
): Store {
  // What ends while we close was going to end anyway.
  let closing = false
  const tell = (error: Error) => {
    if (!closing) onError(error)
  }
  const open = (
    max: number,
    { statementMs, queryMs } = PATIENT,
    onConnect?: (client: pg.ClientBase) => Promise<void>,
  ) => {
    const pool = new pg.Pool({
      ...(typeof connection === 'string' ? { connectionString: connection } : connection),
      max,
      application_name: 'bellwire',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // The server gives up first; the client's own clock is for a connection that has gone silent.
      ...(!pooled && { statement_timeout: statementMs, lock_timeout: LOCK_TIMEOUT_MS }),
      query_timeout: queryMs,
      keepAlive: true,
      ...(onConnect !== undefined && { onConnect }),
      ...(!prepared && { Client: UnnamedClient }),
    })
    // Without a listener, an idle connection that is cut (57P01) ends the process.
    pool.on('error', tell)
    // The pool takes its own listener off while a connection is in use.
    pool.on('connect', (client) => client.on('error', tell))
    return pool
  }
  const pool = open(poolSize)
  const hot = open(hotPoolSize, BRISK, pooled ? undefined : byIndexAlone)
  const beats = open(1, BRISK)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: renewing(pool) }) })
  return {
    db,
    pool,
    hot,
    beats,
    async close() {
      closing = true
      await Promise.all([pool.end(), hot.end(), beats.end()])
    },
  }
}

/**
 * Hot statements look everything up by an index, and keep the plan they began with: made while a table
 * had one page, it would go on to read all of it for each message.
 */
async function byIndexAlone(client: pg.ClientBase) {
  await client.query('set enable_seqscan = off')
}

/** Connects after a look at who answers. */
export async function reach(
  connection: Connection,
  options: Omit<Options, 'pooled'>,
): Promise<{ store: Store; pooler: Pooler | null }> {
  // An embedded one is ours: there is nothing between.
  const pooler = typeof connection === 'string' ? await findPooler(connection) : null
  return { store: connect(connection, { ...options, pooled: pooler !== null }), pooler }
}

/**
 * A connection that cannot write is not used again: after a fail-over it may lead to what is a standby
 * now, and the next one to the new primary. The pool itself drops one whose statement failed.
 */
function renewing(pool: Pool): PostgresPool {
  async function connect() {
    const client = await pool.connect()
    let isReadOnly = false
    const query = (sql: string, parameters: unknown[]) =>
      client.query(sql, parameters).catch((error: Error) => {
        isReadOnly ||= error instanceof DatabaseError && error.code === READ_ONLY
        throw error
      })
    const release = (destroy = false) => client.release(destroy || isReadOnly)
    // The overload for cursors is not there: nothing here streams.
    return { query, release } as unknown as Awaited<ReturnType<PostgresPool['connect']>>
  }
  return { options: pool.options, connect, end: () => pool.end() }
}

const READ_ONLY = '25006'

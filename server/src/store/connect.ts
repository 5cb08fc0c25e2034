import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
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
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 15_000

type Options = { onError: (error: Error) => void; poolSize?: number; hotPoolSize?: number }

export function connect(
  connection: Connection,
  { onError, poolSize = 8, hotPoolSize = 6 }: Options,
): Store {
  const open = (max: number) => {
    const pool = new pg.Pool({
      ...(typeof connection === 'string' ? { connectionString: connection } : connection),
      max,
      application_name: 'bellwire',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      // The server gives up first; the client's own clock is for a connection that has gone silent.
      statement_timeout: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS + 2_000,
      lock_timeout: 10_000,
      keepAlive: true,
    })
    // Without a listener, an idle connection that is cut (57P01) ends the process.
    pool.on('error', onError)
    return pool
  }
  const pool = open(poolSize)
  const hot = open(hotPoolSize)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    db,
    pool,
    hot,
    async close() {
      await Promise.all([pool.end(), hot.end()])
    },
  }
}

// A pooler in transaction mode (PgBouncer, for one) gives every transaction another session: what belongs
// to a session is lost or lands with strangers. Statements are not prepared by name there, and nobody
// listens for notifications.
import pg from 'pg'
import type { Connection } from './connect.ts'

export type Pooler = {
  /** Waits for locks have an end, and statements too: a pooler does not pass our own limits on. */
  limitsTime: boolean
}

/** Null when we speak with PostgreSQL itself: its answer to who serves us is who greeted us. */
export async function findPooler(connection: Connection): Promise<Pooler | null> {
  const client = new pg.Client({
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  })
  client.on('error', () => {}) // the query tells
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number; limited: boolean }>(
      `select pg_backend_pid() as pid,
              '0' <> all (array[current_setting('lock_timeout'), current_setting('statement_timeout')]) as limited`,
    )
    const { pid, limited } = rows[0]!
    // A pooler makes up the number that cancels would name; `pg` has it, its types do not.
    const { processID } = client as unknown as { processID: number }
    return processID === pid ? null : { limitsTime: limited }
  } finally {
    await client.end().catch(() => {})
  }
}

/** Plans a statement anew each time, in whatever session. */
export class UnnamedClient extends pg.Client {
  // One of many overloads, all of which pass their first argument on.
  override query = ((statement: unknown, ...rest: unknown[]) => {
    const isNamed = typeof statement === 'object' && statement !== null && 'name' in statement
    const given = isNamed ? { ...statement, name: undefined } : statement
    return (super.query as (...all: unknown[]) => unknown)(given, ...rest)
  }) as pg.Client['query']
}

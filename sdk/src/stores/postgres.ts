import { limitsOf, type Reservation, type Store, type StoreOptions } from '../receiver/store.ts'

/** A pool or a client of `pg`, or what behaves like one. */
export type PgLike = {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

export type PostgresStoreOptions = StoreOptions & {
  /** Its table, made by `createTable()` or by your migrations (`tableSql`). */
  table?: string
}

const TABLE = 'bellwire_webhook_key'

export const tableSql = (table = TABLE) => `
create table if not exists ${named(table)} (
  key text primary key,
  owner text not null,
  state text not null check (state in ('held', 'done', 'free')),
  until timestamptz not null,
  attempt integer not null default 1
);
create index if not exists ${named(`${table}_until`).replace(/^.*\./, '')} on ${named(table)} (until)`

/**
 * Keys in PostgreSQL, for any number of processes. All times are the database's. One statement takes
 * a key: of fifty at once one is `fresh`.
 */
export function postgresStore(
  pool: PgLike,
  options: PostgresStoreOptions = {},
): Store & { createTable(): Promise<void>; purge(): Promise<void> } {
  const table = named(options.table ?? TABLE)
  const seconds = (parameter: string) => `now() + make_interval(secs => ${parameter}::float8)`

  // A row: the key is ours. None: it is held or done, and the second statement says which.
  const reserve = `
    insert into ${table} as held (key, owner, state, until)
    values ($1, $2, 'held', ${seconds('$3')})
    on conflict (key) do update
       set owner = excluded.owner, state = 'held', until = excluded.until,
           attempt = case when held.state = 'done' then 1 else held.attempt + 1 end
     where held.state = 'free' or held.until <= now()
    returning owner`

  return {
    ...limitsOf(options),
    async createTable() {
      await pool.query(tableSql(options.table))
    },
    /** Forgets what is kept no more; call it now and then. */
    async purge() {
      await pool.query(`delete from ${table} where until < now() - interval '1 day'`)
    },
    async reserve(key, owner, leaseSeconds): Promise<Reservation> {
      const taken = await pool.query(reserve, [key, owner, leaseSeconds])
      if (taken.rows.length > 0) return 'fresh'
      const { rows } = await pool.query(`select state from ${table} where key = $1`, [key])
      // Freed in between: the provider comes again.
      return rows[0]?.['state'] === 'done' ? 'done' : 'in_progress'
    },
    async complete(key, owner, keepSeconds) {
      await pool.query(
        `update ${table} set state = 'done', until = ${seconds('$3')}
          where key = $1 and owner = $2 and state = 'held'`,
        [key, owner, keepSeconds],
      )
    },
    async fail(key, owner) {
      await pool.query(
        `update ${table} set state = 'free' where key = $1 and owner = $2 and state = 'held'`,
        [key, owner],
      )
    },
    async attempt(key) {
      const { rows } = await pool.query(`select attempt from ${table} where key = $1`, [key])
      return Number(rows[0]?.['attempt'] ?? 1)
    },
  }
}

/** Names cannot be parameters: only plain ones are taken. */
function named(table: string): string {
  if (/^[a-z_][a-z0-9_]{0,60}(?:\.[a-z_][a-z0-9_]{0,60})?$/.test(table)) return table
  throw new TypeError(`A table's name is lower-case letters, digits and _, not "${table}".`)
}

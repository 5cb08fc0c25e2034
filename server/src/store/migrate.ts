// Brings the schema up to date while other nodes go on working. A migration is a transaction that waits
// only briefly for its locks, because whoever comes after it waits behind it, and tries again. One whose
// name ends in `.concurrently.sql` is no transaction: it builds indexes over tables that grow.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { parseConcurrentSteps, takeConcurrentStep } from './concurrent-indexes.ts'
import type { Pool } from './connect.ts'
import { hasCode, isLockTimeout } from './errors.ts'

/** Listed by hand; a merged one never changes. */
export const MIGRATIONS = [
  '0001-init.sql',
  '0002-deliveries.sql',
  '0003-background-tasks.sql',
  '0004-application-tokens.sql',
  '0005-idempotent-requests.sql',
  '0006-changes.sql',
  '0007-environment-settings.sql',
  '0008-polling.sql',
  '0009-rates-and-schedules.sql',
  '0010-list-indexes.sql',
  '0012-endpoint-changes.sql',
  '0013-fifo.sql',
  '0014-sources.sql',
  '0015-bins.sql',
  '0017-filters.sql',
  '0018-event-type-groups.sql',
  '0019-shapes.sql',
  '0020-hooks.sql',
  '0021-failures-in-a-row.sql',
  '0022-endpoint-auth.sql',
  '0023-transport-verification-hook-urls.sql',
  '0025-templates.sql',
  '0026-bin-answers-and-shares.sql',
  '0027-listeners.sql',
] as const

/** A migration is known by the number in its name, so one that came late into the list still runs. */
const numberOf = (name: string) => Number.parseInt(name, 10)
export const NEWEST = Math.max(...MIGRATIONS.map(numberOf))

/** Any number, the same for ever: two nodes that start together migrate one after the other. */
const LOCK = 7_203_114_021

export const TIMING = {
  /** How long a migration waits for a lock, and others behind it. */
  lockMs: 1_000,
  /** Between two tries. */
  pauseMs: 1_000,
  /** Somebody holds a lock for ever: a server that does not start is noticed. */
  giveUpMs: 10 * 60_000,
  /** An index over a long history takes longer than any request may. */
  patienceMs: 12 * 3600 * 1000,
}

type Timing = typeof TIMING

export class MigrationError extends Error {
  override name = 'MigrationError'
}

type Migration = { name: string; sql: string }

export const readMigration = async (name: string): Promise<Migration> => ({
  name,
  sql: await readFile(new URL(`./migrations/${name}`, import.meta.url), 'utf8'),
})

/** Brings the schema up to date and returns the names of the migrations that ran. */
export async function migrate(
  pool: Pool,
  given?: Migration[],
  timing: Timing = TIMING,
): Promise<string[]> {
  const migrations = given ?? (await Promise.all(MIGRATIONS.map(readMigration)))
  const known = await listRan(pool)
  const ran: string[] = []
  for (const migration of migrations) {
    if (known.has(numberOf(migration.name))) continue
    if (await untilLocked(pool, migration, timing)) ran.push(migration.name)
  }
  const newest = Math.max(...(await listRan(pool)))
  const newestKnown = Math.max(...migrations.map(({ name }) => numberOf(name)))
  if (newest > newestKnown) {
    throw new MigrationError(
      `The database has schema ${newest}, this Bellwire knows ${newestKnown}: start a newer Bellwire, or restore a backup from before the upgrade.`,
    )
  }
  return ran
}

async function listRan(pool: Pool): Promise<Set<number>> {
  const { rows: there } = await pool.query(`select to_regclass('migration') is not null as is`)
  if (!there[0].is) return new Set()
  const { rows } = await pool.query<{ number: number }>('select number from migration')
  return new Set(rows.map(({ number }) => number))
}

/** Tries until it gets its locks; false when another node was first. */
async function untilLocked(pool: Pool, migration: Migration, timing: Timing): Promise<boolean> {
  const { name } = migration
  const until = performance.now() + timing.giveUpMs
  for (;;) {
    try {
      return name.endsWith('.concurrently.sql')
        ? await buildOnce(pool, migration, timing)
        : await runOnce(pool, migration, timing)
    } catch (error) {
      if (!isLockTimeout(error) && !hasCode(error, '40P01')) throw error
      if (performance.now() > until) throw await stuck(pool, name, error)
    }
    await sleep(timing.pauseMs * (0.5 + Math.random()))
  }
}

/** One transaction: it first takes the lock and records the number, so a racing node skips it. */
async function runOnce(pool: Pool, { name, sql }: Migration, timing: Timing): Promise<boolean> {
  return inLock(pool, timing, async (client) => {
    if (!(await note(client, name))) return false
    await client.query(`set local lock_timeout = ${timing.lockMs}`)
    await client.query(patiently(sql, timing))
    return true
  })
}

/**
 * The transaction on one connection only keeps other nodes away, and has nothing that a build on the
 * other one would wait for; at its end it records that all is done. What fails before is done again.
 */
async function buildOnce(pool: Pool, { name, sql }: Migration, timing: Timing): Promise<boolean> {
  const steps = parseConcurrentSteps(sql)
  return inLock(pool, timing, async (client) => {
    // Without a parameter: a statement with one keeps its snapshot until the next statement of this
    // connection, and the build would wait for that for ever.
    const { rowCount } = await client.query(
      `select from migration where number = ${numberOf(name)}`,
    )
    if (rowCount === 1) return false
    const builder = await pool.connect()
    try {
      await builder.query(`set statement_timeout = ${timing.patienceMs}`)
      for (const step of steps) await takeConcurrentStep(builder, step, timing)
    } catch (error) {
      if (!hasCode(error, '57014')) throw error
      throw new MigrationError(
        `Migration ${name} was ended by a time limit. Behind a pooler, run "bellwire migrate" once with a DATABASE_URL that leads to PostgreSQL itself.`,
        { cause: error },
      )
    } finally {
      // Its settings are not those of the pool.
      builder.release(true)
    }
    return note(client, name)
  })
}

async function inLock<Done>(
  pool: Pool,
  timing: Timing,
  work: (client: PoolClient) => Promise<Done>,
): Promise<Done> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query(
      `set local statement_timeout = ${timing.patienceMs}; set local idle_in_transaction_session_timeout = 0`,
    )
    await turn(client, timing)
    await client.query(
      'create table if not exists migration (number integer primary key, name text not null, ran_at timestamptz not null default now())',
    )
    const done = await work(client)
    await client.query('commit')
    return done
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

/**
 * Asks again and again: a statement that waited for the lock would hold a snapshot, and a concurrent build
 * of the node that has the lock waits for all older snapshots to end.
 */
async function turn(client: PoolClient, { pauseMs, patienceMs }: Timing) {
  const until = performance.now() + patienceMs
  for (;;) {
    const { rows } = await client.query(`select pg_try_advisory_xact_lock(${LOCK}) as mine`)
    if (rows[0].mine) return
    if (performance.now() > until) throw new MigrationError('Another node migrates without an end.')
    await sleep(pauseMs / 4)
  }
}

/** False when it is there already. */
async function note(client: PoolClient, name: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'insert into migration (number, name) values ($1, $2) on conflict do nothing',
    [numberOf(name), name],
  )
  return rowCount === 1
}

/** `pg` knows this option of a query, its types do not. */
const patiently = (text: string, { patienceMs }: Timing) => ({ text, query_timeout: patienceMs })

async function stuck(pool: Pool, name: string, cause: unknown): Promise<MigrationError> {
  const { rows } = await pool.query<{ pid: number; seconds: number; who: string }>(
    `select pid, extract(epoch from now() - xact_start)::int as seconds, application_name as who
       from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
      order by xact_start limit 3`,
  )
  const open = rows.map(({ pid, seconds, who }) => `pid ${pid} (${who}) for ${seconds} s`)
  return new MigrationError(
    `Migration ${name} does not get its locks: a transaction is open in its way. The oldest: ${open.join(', ') || 'none now'}. End it (pg_terminate_backend), then start again.`,
    { cause },
  )
}

import { readFile } from 'node:fs/promises'
import type { Pool } from './connect.ts'

/** Listed by hand; a merged one never changes. */
const MIGRATIONS = [
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
  '0026-bin-answers-and-shares.sql',
] as const

/** A migration is known by the number in its name, so one that came late into the list still runs. */
const numberOf = (name: string) => Number.parseInt(name, 10)
export const NEWEST = Math.max(...MIGRATIONS.map(numberOf))

/** Any number, the same for ever: two nodes that start together migrate one after the other. */
const LOCK = 7_203_114_021
/** An index over a long history takes longer than any request may. */
const PATIENCE_MS = 12 * 3600 * 1000

export class MigrationError extends Error {
  override name = 'MigrationError'
}

/** Brings the schema up to date and returns the names of the migrations that ran. */
export async function migrate(pool: Pool): Promise<string[]> {
  const ran: string[] = []
  for (const name of MIGRATIONS) {
    if (await runOnce(pool, numberOf(name), name)) ran.push(name)
  }
  const { rows } = await pool.query<{ newest: number }>(
    'select max(number) as newest from migration',
  )
  const newest = rows[0]?.newest ?? 0
  if (newest > NEWEST) {
    throw new MigrationError(
      `The database has schema ${newest}, this Bellwire knows ${NEWEST}: start a newer Bellwire, or restore a backup from before the upgrade.`,
    )
  }
  return ran
}

/** One transaction: it first takes the lock and records the number, so a racing node skips it. */
async function runOnce(pool: Pool, number: number, name: string): Promise<boolean> {
  const sql = await readFile(new URL(`./migrations/${name}`, import.meta.url), 'utf8')
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    await client.query(
      'create table if not exists migration (number integer primary key, name text not null, ran_at timestamptz not null default now())',
    )
    const { rowCount } = await client.query(
      'insert into migration (number, name) values ($1, $2) on conflict do nothing',
      [number, name],
    )
    if (rowCount === 1) {
      await client.query(`set local statement_timeout = ${PATIENCE_MS}`)
      // `pg` knows this option of a query, its types do not.
      const patient = { text: sql, query_timeout: PATIENCE_MS }
      await client.query(patient)
    }
    await client.query('commit')
    return rowCount === 1
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

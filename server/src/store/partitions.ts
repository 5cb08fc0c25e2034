// A partition holds a week: fourteen of them at 90 days, so that a statement which cannot prune opens few.
import { lowestUuid } from '../domain/ids.ts'
import type { Pool } from './connect.ts'

const WEEK_MS = 7 * 24 * 3600 * 1000
const WEEKS_BEHIND = 1
const WEEKS_AHEAD = 4
const PARTITIONED = ['message', 'finished_delivery', 'attempt', 'inbound_request'] as const
const LOCK = 7_203_114_022

/** Makes the partitions around `now`; ids of a clock that is a week off still find one. */
export async function createPartitions(pool: Pool, now: Date): Promise<void> {
  const first = Math.floor(now.getTime() / WEEK_MS) - WEEKS_BEHIND
  const statements: string[] = []
  for (let week = first; week <= first + WEEKS_BEHIND + WEEKS_AHEAD; week++) {
    const from = new Date(week * WEEK_MS)
    const to = new Date((week + 1) * WEEK_MS)
    const suffix = from.toISOString().slice(0, 10).replaceAll('-', '')
    for (const table of PARTITIONED) {
      statements.push(
        `create table if not exists ${table}_${suffix} partition of ${table} for values from ('${lowestUuid(from)}') to ('${lowestUuid(to)}')`,
      )
    }
  }
  await inTransaction(pool, statements)
}

/** Drops the partitions whose every row is older than `before`. Returns their names. */
export async function dropPartitions(pool: Pool, before: Date): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    'select inhrelid::regclass::text as name from pg_inherits where inhparent = any ($1::regclass[])',
    [PARTITIONED],
  )
  const expired = rows.map((row) => row.name).filter((name) => endOf(name) <= before.getTime())
  const messages = expired.filter((name) => name.startsWith('message_'))
  if (expired.length === 0) return []
  await inTransaction(pool, [
    ...messages.map(
      (name) => `delete from message_event_id where message_id in (select id from ${name})`,
    ),
    ...messages.map(
      (name) => `delete from pending_delivery where message_id in (select id from ${name})`,
    ),
    ...messages.flatMap((name) =>
      ['poller_waiting', 'poller_message'].map(
        (table) => `delete from ${table} where message_id in (select id from ${name})`,
      ),
    ),
    ...expired.map((name) => `drop table ${name}`),
  ])
  return expired
}

function endOf(name: string): number {
  const [, year, month, day] = /_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? []
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) + WEEK_MS
}

/** One node at a time; the others find the work done. */
async function inTransaction(pool: Pool, statements: string[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    // Dropping and attaching lock the parent for a moment: rather try again later than stall accepts.
    await client.query("set local lock_timeout = '2s'")
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

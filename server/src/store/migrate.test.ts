// Migrations of a database that is in use: who writes goes on, and what was half done is done again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '../../test/database.ts'
import { until } from '../../test/until.ts'
import { newUuid } from '../domain/ids.ts'
import { parseConcurrentSteps } from './concurrent-indexes.ts'
import type { Pool } from './connect.ts'
import { MIGRATIONS, MigrationError, migrate, readMigration, TIMING } from './migrate.ts'
import { createPartitions } from './partitions.ts'

const { pool } = await testDatabase()
await createPartitions(pool, new Date())

const QUICK = { ...TIMING, lockMs: 150, pauseMs: 100 }
let count = 9_000
const named = (what: string, sql: string) => [{ name: `${++count}-${what}`, sql }]

async function insertMessage(of: Pick<Pool, 'query'>) {
  const { rowCount } = await of.query(
    `insert into message (id, application_id, event_type, payload, payload_expires_at)
     values ($1, $2, 'a.b', '{}', now())`,
    [newUuid(), newUuid()],
  )
  assert.equal(rowCount, 1)
}

/** A transaction that stays open, having done `sql`. */
async function open(work: (client: Pick<Pool, 'query'>) => Promise<unknown>) {
  const client = await pool.connect()
  await client.query('begin')
  await work(client)
  return async () => {
    await client.query('commit')
    client.release()
  }
}

/** The index, and those of its table's partitions, which may have names of PostgreSQL's own. */
async function validity(index: string) {
  const { rows } = await pool.query<{ name: string; valid: boolean }>(
    `select indexrelid::regclass::text as name, indisvalid as valid from pg_index
      where indexrelid = to_regclass($1)
         or indexrelid in (select inhrelid from pg_inherits where inhparent = to_regclass($1))
      order by 1`,
    [index],
  )
  return rows
}

const partitions = async () => {
  const { rows } = await pool.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'message'::regclass`,
  )
  return rows.map(({ name }) => name)
}

test('a migration that waits for its lock lets others pass, and gets it when it is free', async () => {
  const end = await open((client) => client.query('select count(*) from endpoint'))
  let done = false
  const migrating = migrate(
    pool,
    named('column.sql', 'alter table endpoint add column later integer'),
    QUICK,
  ).finally(() => (done = true))
  let slowest = 0
  for (let i = 0; i < 20; i++) {
    const startedAt = performance.now()
    await pool.query('select count(*) from endpoint')
    slowest = Math.max(slowest, performance.now() - startedAt)
    await sleep(50)
  }
  assert.equal(done, false)
  // Behind a migration that waited until it got its lock, one would have waited until it gave up at 4 s.
  assert.ok(slowest < 3_000, `${slowest} ms`)
  await end()
  assert.deepEqual(await migrating, [`${count}-column.sql`])
  await pool.query('select later from endpoint')
})

test('one that never gets its lock says which transaction is in its way, and has changed nothing', async () => {
  const end = await open((client) => client.query('select count(*) from endpoint'))
  const sql = 'create table made_by_it (); alter table endpoint add column never integer'
  const stuck = migrate(pool, named('stuck.sql', sql), { ...QUICK, giveUpMs: 300 })
  await assert.rejects(stuck, (error) => {
    assert.ok(error instanceof MigrationError)
    assert.match(error.message, /-stuck\.sql does not get its locks: .*pid \d+ \(bellwire\) for/)
    return true
  })
  await end()
  const { rows } = await pool.query(`select to_regclass('made_by_it') as made`)
  assert.equal(rows[0].made, null)
})

test('an index over a partitioned table is built while messages come in', async () => {
  await insertMessage(pool)
  // A build waits for who may still look at what it was before: here somebody's long report.
  const end = await open((client) =>
    client.query('set transaction isolation level repeatable read; select count(*) from endpoint'),
  )
  const sql = `-- Why; and for whom.
    create index concurrently built on message (event_type, id);`
  let done = false
  const one = named('built.concurrently.sql', sql)
  // Two nodes start with it: the other one waits, and then finds it done.
  const both = Promise.all([migrate(pool, one, QUICK), migrate(pool, one, QUICK)])
  const migrating = both.finally(() => (done = true))
  await until('it waits for the transaction', async () => {
    const { rows } = await pool.query(
      `select 1 from pg_stat_activity where query like 'create index concurrently built%' and wait_event_type = 'Lock'`,
    )
    return rows.length === 1
  })
  const startedAt = performance.now()
  for (let i = 0; i < 10; i++) await insertMessage(pool)
  assert.ok(performance.now() - startedAt < 3_000)
  assert.equal(done, false)
  await end()
  assert.deepEqual((await migrating).toSorted(), [[], [`${count}-built.concurrently.sql`]])
  const built = await validity('built')
  assert.equal(built.length, 1 + (await partitions()).length)
  assert.ok(built.every(({ valid }) => valid))
  await createPartitions(pool, new Date(Date.now() + 10 * 7 * 24 * 3600 * 1000))
  assert.equal((await validity('built')).length, 1 + (await partitions()).length)
})

test('what a crash has left half built is built again', async () => {
  const [first, second] = (await partitions()).toSorted()
  const child = (partition: string) => `again${partition.slice('message'.length)}`
  await pool.query('create index again on only message (content_type)')
  await pool.query(`create index concurrently ${child(first!)} on ${first} (content_type)`)
  await pool.query(`create index concurrently ${child(second!)} on ${second} (content_type)`)
  // As a build leaves it that was broken off.
  await pool.query('update pg_index set indisvalid = false where indexrelid = $1::regclass', [
    child(second!),
  ])
  const sql = 'create index concurrently again on message (content_type);'
  await migrate(pool, named('again.concurrently.sql', sql), QUICK)
  const built = await validity('again')
  assert.equal(built.length, 1 + (await partitions()).length)
  assert.deepEqual(
    built.filter(({ valid }) => !valid),
    [],
  )
})

test('a plain table gets and loses an index the same way', async () => {
  const create = 'create unique index concurrently plain on segment (environment_id, name)'
  await migrate(pool, named('plain.concurrently.sql', create), QUICK)
  assert.deepEqual(await validity('plain'), [{ name: 'plain', valid: true }])
  const drop = 'drop index concurrently if exists plain;'
  await migrate(pool, named('drop.concurrently.sql', drop), QUICK)
  assert.deepEqual(await validity('plain'), [])
})

test('what is no build of an index has no place outside of a transaction', () => {
  for (const sql of ['alter table message add column a int', 'create index a on message (id)']) {
    assert.throws(() => parseConcurrentSteps(sql), /expected "create .* got "/)
  }
})

/** Tables that grow with every message: a plain `create index` would stop accepting until it is built. */
const GROWING =
  /create (?:unique )?index \w+\s+on (?:only )?(message|message_event_id|pending_delivery|finished_delivery|attempt|inbound_request|inbound_key|poller_waiting|poller_message)\b/i
const SINCE = 28

test('no migration from now on keeps writers out of a table that grows', async () => {
  for (const name of MIGRATIONS) {
    const { sql } = await readMigration(name)
    if (name.endsWith('.concurrently.sql')) parseConcurrentSteps(sql)
    else if (Number.parseInt(name, 10) > SINCE) {
      const [, table = ''] = GROWING.exec(sql) ?? []
      const isNew = new RegExp(`create table ${table}\\b`, 'i').test(sql)
      assert.ok(table === '' || isNew, `${name}: an index of ${table}, see docs/production.md`)
    }
  }
})

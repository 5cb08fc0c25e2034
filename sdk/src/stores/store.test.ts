// Every store keeps the same promise; PostgreSQL is the real one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../../../server/test/database.ts'
import type { Store } from '../receiver/store.ts'
import { memoryStore } from './memory.ts'
import { postgresStore, tableSql } from './postgres.ts'

const { pool } = await testDatabase()
const inPostgres = postgresStore(pool, { keep: '2d', lease: '90s' })
await inPostgres.createTable()
await inPostgres.createTable()

for (const [name, store] of [
  ['memory', memoryStore({ keep: '2d', lease: '90s' })],
  ['postgres', inPostgres],
] as const) {
  promises(name, store)
}

function promises(name: string, store: Store) {
  test(`${name}: 50 at once, one is fresh`, async () => {
    const owners = Array.from({ length: 50 }, (_, i) => `o${i}`)
    const states = await Promise.all(owners.map((owner) => store.reserve('a', owner, 60)))
    assert.equal(states.filter((state) => state === 'fresh').length, 1)
    assert.equal(states.filter((state) => state === 'in_progress').length, 49)
  })

  test(`${name}: what is complete is done, and its key is kept`, async () => {
    assert.equal(await store.reserve('b', 'one', 60), 'fresh')
    await store.complete('b', 'one', 3600)
    assert.equal(await store.reserve('b', 'two', 60), 'done')
    await store.fail('b', 'one')
    assert.equal(await store.reserve('b', 'two', 60), 'done')
  })

  test(`${name}: what failed is free at once, and counted`, async () => {
    assert.equal(await store.reserve('c', 'one', 60), 'fresh')
    assert.equal(await store.attempt!('c'), 1)
    await store.fail('c', 'one')
    assert.equal(await store.reserve('c', 'two', 60), 'fresh')
    assert.equal(await store.attempt!('c'), 2)
  })

  test(`${name}: a lease ends by itself, and its owner can then end nothing`, async () => {
    assert.equal(await store.reserve('d', 'slow', 0.001), 'fresh')
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(await store.reserve('d', 'next', 60), 'fresh')
    await store.fail('d', 'slow')
    await store.complete('d', 'slow', 3600)
    assert.equal(await store.reserve('d', 'third', 60), 'in_progress')
    await store.complete('d', 'next', 0.001)
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(await store.reserve('d', 'later', 60), 'fresh', 'the window is over')
    assert.equal(await store.attempt!('d'), 1)
  })

  test(`${name}: its limits are those that were given`, () => {
    assert.equal(store.keepSeconds, 172_800)
    assert.equal(store.leaseSeconds, 90)
  })
}

test('memory: the oldest keys go when there are too many', async () => {
  const store = memoryStore({ maxKeys: 2 })
  for (const key of ['a', 'b', 'c']) {
    await store.reserve(key, 'o', 60)
    await store.complete(key, 'o', 60)
  }
  assert.equal(await store.reserve('c', 'p', 60), 'done')
  assert.equal(await store.reserve('a', 'p', 60), 'fresh')
})

test('postgres: purge forgets what is kept no more, and keeps the rest', async () => {
  await inPostgres.reserve('old', 'o', 60)
  await pool.query(
    `update bellwire_webhook_key set until = now() - interval '2 days' where key = 'old'`,
  )
  await inPostgres.reserve('held', 'o', 60)
  await inPostgres.purge()
  const { rows } = await pool.query<{ key: string }>('select key from bellwire_webhook_key')
  const keys = rows.map(({ key }) => key)
  assert.ok(!keys.includes('old') && keys.includes('held'))
})

test('postgres: a table’s name is no place for SQL', async () => {
  for (const table of ['a; drop table b', 'A', '"a"', '', 'a.b.c']) {
    assert.throws(() => postgresStore(pool, { table }), TypeError)
  }
  const store = postgresStore(pool, { table: 'public.own_keys' })
  await store.createTable()
  assert.equal(await store.reserve('a', 'o', 60), 'fresh')
  assert.match(tableSql('own'), /create table if not exists own \(/)
})

test('durations are such as 7d', () => {
  for (const keep of ['7', 'd', '0s', '-1d', '1w', '']) {
    assert.throws(() => memoryStore({ keep: keep as '7d' }), TypeError)
  }
})

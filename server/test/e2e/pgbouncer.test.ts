// Behind PgBouncer in transaction mode, where every transaction may get another session.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import type { Environment } from '../../src/config.ts'
import type { Pool } from '../../src/store/connect.ts'
import { findPooler } from '../../src/store/pooler.ts'
import { connectionUrl, testDatabase } from '../database.ts'
import { type Bellwire, startBellwire } from '../harness.ts'
import { oneEndpoint } from '../one-endpoint.ts'
import { noPgbouncer, startPgbouncer } from '../pgbouncer.ts'
import { until } from '../until.ts'

/** Nodes that share a database behind PgBouncer, and stop before it does. */
async function newHome(prepare = async (_direct: Pool) => {}) {
  const nodes: Bellwire[] = []
  after(async () => {
    for (const node of nodes) await node.stop()
  })
  const { connection, pool } = await testDatabase()
  await prepare(pool)
  const home = {
    connection: await startPgbouncer(connection),
    mainSecret: randomBytes(32).toString('hex'),
    guests: [],
  }
  return {
    direct: connectionUrl(connection),
    async start(env: Environment = {}) {
      const node = await startBellwire(env, [], home)
      nodes.push(node)
      return node
    },
  }
}

test('an empty database is migrated, messages arrive, retries are made, tasks run', {
  skip: noPgbouncer,
}, async (t) => {
  const { start } = await newHome(async (direct) => {
    await direct.query('drop schema public cascade; create schema public')
  })
  const bellwire = await start()
  const { receiver, send, ended, app, endpoint } = await oneEndpoint(bellwire, {
    react: (request) => ({ status: JSON.parse(request.body.toString()).i % 10 === 0 ? 500 : 204 }),
  })
  const startedAt = performance.now()
  for (let i = 0; i < 500; i += 50)
    await Promise.all(Array.from({ length: 50 }, (_, n) => send({ i: i + n })))
  const states = await ended()
  t.diagnostic(`500 messages in ${Math.round(performance.now() - startedAt)} ms`)
  assert.equal(states.filter((state) => state === 'succeeded').length, 450)
  assert.equal(states.filter((state) => state === 'exhausted').length, 50)
  assert.equal(receiver.received.length, 450 + 50 * 3)

  const since = new Date(Date.now() - 600_000)
  const task = await bellwire.svix.endpoint.recover(app, endpoint.id, { since })
  await until('it is finished', async () => {
    const { status, data } = await bellwire.svix.backgroundTask.get(task.id)
    return status === 'finished' && data['messagesSent'] === 50
  })
})

test('what one node is told counts on the others within a moment', {
  skip: noPgbouncer,
}, async () => {
  const { start } = await newHome()
  const api = await start({ BELLWIRE_ROLE: 'api' })
  await start({ BELLWIRE_ROLE: 'worker' })
  const { receiver, send, app, endpoint } = await oneEndpoint(api)
  await send()
  // Nothing is heard, so the poll has to find it.
  await until('it arrives', () => receiver.received.length === 1, { within: 5_000 })
  const changed = await api.call('PATCH', `/app/${app}/endpoint/${endpoint.id}`, { disabled: true })
  assert.equal(changed.status, 200)
  await send()
  assert.equal(receiver.received.length, 1)
})

test('with a direct way for LISTEN it is heard at once', { skip: noPgbouncer }, async (t) => {
  const { start, direct } = await newHome()
  const listening = { BELLWIRE_LISTEN_DATABASE_URL: direct }
  const api = await start({ BELLWIRE_ROLE: 'api', ...listening })
  await start({ BELLWIRE_ROLE: 'worker', ...listening })
  const { receiver, send } = await oneEndpoint(api)
  const delays: number[] = []
  for (let count = 1; count <= 11; count++) {
    const sentAt = performance.now()
    await send()
    await until('it arrives', () => receiver.received.length === count, { every: 1 })
    delays.push(receiver.received.at(-1)!.at - sentAt)
  }
  delays.sort((a, b) => a - b)
  t.diagnostic(`from call to arrival: median ${delays[5]!.toFixed(1)} ms`)
  assert.ok(delays[5]! < 250, `median ${delays[5]} ms`)
})

test('limits of time are told of unless the role has them', { skip: noPgbouncer }, async () => {
  const { connection, pool } = await testDatabase()
  const pooled = await startPgbouncer(connection)
  assert.equal(await findPooler(connectionUrl(connection)), null, 'PostgreSQL itself')
  assert.deepEqual(await findPooler(pooled), { limitsTime: false })
  const { rows } = await pool.query<{ name: string }>('select current_database() as name')
  for (const limit of ["lock_timeout = '4s'", "statement_timeout = '15s'"])
    await pool.query(`alter database ${rows[0]!.name} set ${limit}`)
  const another = await startPgbouncer(connection)
  assert.deepEqual(await findPooler(another), { limitsTime: true })
})

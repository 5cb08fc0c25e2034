// §4: PostgreSQL.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPssBytes } from '../../bench/proc.ts'
import { type Json, newNode, statusOf } from '../bellwire.ts'
import { type Fault, type Run, sleep, until } from '../fault.ts'
import { startPostgres } from '../postgres.ts'
import { createPublisher } from '../publisher.ts'
import { newDataDir, newStand, type Stand } from '../stand.ts'

/** Of one record statement: its answers may be lost with the fault. */
const RECORD_BATCH = 500

type Trouble = (stand: Stand, run: Run) => Promise<unknown>
type Options = {
  /** The database is missed: not ready meanwhile. */
  outage?: boolean
  own?: boolean
  perSecond?: number
  count?: number
  quick?: boolean
  role?: string
  backWithin?: number
}

/** Load, trouble in the middle of it, recovery, drain, audit. */
function underLoad(id: string, name: string, trouble: Trouble, options: Options = {}): Fault {
  const {
    outage = true,
    own = false,
    perSecond = 100,
    quick = false,
    role,
    backWithin = 10_000,
  } = options
  return {
    id,
    name,
    quick,
    async run(run) {
      const postgres = own ? await startPostgres() : undefined
      if (postgres) run.after(() => postgres.remove())
      const stand = await newStand(run, { ...(postgres && { postgres }), ...(role && { role }) })
      const { node, publisher } = stand
      const before = await warmUp(stand)
      const { ledger, done } = publisher.publish(id, {
        count: options.count ?? 600,
        perSecond,
        concurrency: 48,
      })
      await sleep(1_500)
      const held = await node.figure('bellwire_held')
      let peak = before
      let unreadyAfterMs = Number.POSITIVE_INFINITY
      let healthy = true
      const troubledAt = performance.now()
      const watch = setInterval(async () => {
        peak = Math.max(peak, readPssBytes(node.now().pid))
        if ((await statusOf(`${node.url}/readyz`, 5_000)) === 503)
          unreadyAfterMs = Math.min(unreadyAfterMs, performance.now() - troubledAt)
        if ((await statusOf(`${node.url}/healthz`, 5_000)) !== 200) healthy = false
      }, 250)
      run.after(() => clearInterval(watch))
      await trouble(stand, run)
      const endedAt = performance.now()
      await until('ready again', async () => (await statusOf(`${node.url}/readyz`)) === 200, {
        within: backWithin,
      })
      const backMs = Math.round(performance.now() - endedAt)
      await done
      clearInterval(watch)
      await stand.drained()
      assert.ok(node.now().isRunning(), 'the process stays')
      assert.ok(healthy, '/healthz stayed 200')
      if (outage) assert.ok(unreadyAfterMs < 5_000, `/readyz said so after ${unreadyAfterMs} ms`)
      assert.ok(peak <= 1.5 * before, `memory went from ${before} to ${peak}`)
      const figures = await stand.audit([ledger], held + RECORD_BATCH)
      return `${figures}, ready ${backMs} ms after, memory × ${(peak / before).toFixed(2)}`
    },
  }
}

/** The memory that it needs at full speed without a fault. */
async function warmUp({ node, publisher, drained }: Stand) {
  let before = 0
  const sample = () => {
    before = Math.max(before, readPssBytes(node.now().pid))
  }
  const timer = setInterval(sample, 100)
  await publisher.publish('warm-up', { count: 1_500 }).done
  await drained()
  clearInterval(timer)
  sample()
  return before
}

export const databaseFaults: Fault[] = [
  {
    id: 'F20',
    name: 'postmaster of the embedded PostgreSQL killed',
    quick: true,
    async run(run) {
      const dir = await newDataDir(run)
      const node = await newNode({ BELLWIRE_DATA_DIR: dir })
      run.after(async () => {
        node.now().kill('SIGTERM')
        await node.now().exited
      })
      await node.start()
      const { body: app } = await node.call('POST', '/app', { name: 'chaos' })
      const publisher = createPublisher([node.url], app['id'])
      run.after(() => publisher.close())
      const { ledger, done } = publisher.publish('F20', { count: 500, perSecond: 100 })
      await sleep(1_500)
      const pid = Number(
        readFileSync(join(dir, 'postgres', 'pgdata', 'postmaster.pid'), 'utf8').split('\n')[0],
      )
      process.kill(pid, 'SIGKILL')
      const killedAt = performance.now()
      await until('not ready', async () => (await statusOf(`${node.url}/readyz`)) === 503, {
        within: 5_000,
      })
      assert.equal(await statusOf(`${node.url}/healthz`), 200)
      await until('ready again', async () => (await statusOf(`${node.url}/readyz`)) === 200, {
        within: 20_000,
      })
      const backMs = Math.round(performance.now() - killedAt)
      await done
      let found = 0
      for (const id of [...ledger.accepted.values()]) {
        if ((await node.call('GET', `/app/${app['id']}/msg/${id}`)).status === 200) found++
      }
      assert.equal(found, ledger.accepted.size, 'every 202 was on disk')
      return `${found} acknowledged and there, ${ledger.refused} refused, ready after ${backMs} ms`
    },
  },
  underLoad(
    'F21',
    'checkpointer killed: all sessions drop',
    async ({ pg }) => {
      process.kill(childOf(pg.postmaster()!, 'checkpointer'), 'SIGKILL')
      await sleep(500)
    },
    { own: true, outage: false },
  ),
  underLoad(
    'F22',
    'restarted fast and immediate',
    async ({ pg }, { quick }) => {
      for (const mode of (['fast', 'immediate', 'fast', 'immediate', 'fast'] as const).slice(
        0,
        quick ? 2 : 5,
      )) {
        await pg.restart(mode)
        await sleep(1_000)
      }
    },
    { own: true, outage: false, quick: true, count: 1_000 },
  ),
  underLoad(
    'F23',
    'away for 60 s',
    async ({ pg }, { quick }) => {
      await pg.stop('immediate')
      await sleep(quick ? 10_000 : 60_000)
      await pg.startAgain()
    },
    { own: true, count: 2_000 },
  ),
  underLoad(
    'F24',
    'sessions killed again and again',
    async ({ pg, database }) => {
      for (let i = 0; i < 6; i++) {
        await pg.query(
          'postgres',
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
          [database],
        )
        await sleep(1_500)
      }
    },
    { outage: false, quick: true, count: 1_000 },
  ),
  underLoad(
    'F25',
    'no connection left (53300)',
    async ({ pg, database }) => {
      await pg.query('postgres', 'alter database $db connection limit 0'.replace('$db', database))
      await pg.query('postgres', 'alter role chaos_user connection limit 2')
      await pg.query(
        'postgres',
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
        [database],
      )
      await sleep(10_000)
      await pg.query('postgres', 'alter database $db connection limit -1'.replace('$db', database))
      await pg.query('postgres', 'alter role chaos_user connection limit -1')
    },
    { role: 'chaos_user' },
  ),
  underLoad(
    'F26',
    'table locked for 15 s',
    async ({ pg, database }) => {
      const session = await pg.session(database)
      await session.query('begin; lock table pending_delivery in access exclusive mode')
      await sleep(15_000)
      await session.query('rollback')
      await session.end()
    },
    { outage: false },
  ),
  underLoad('F27', 'half-open connections for 30 s', async ({ gate }, { quick }) => {
    gate.set('pause')
    await sleep(quick ? 8_000 : 30_000)
    gate.cut()
    gate.set('pass')
  }),
  underLoad(
    'F28',
    'slow database: 50 ms, then 500 ms each way',
    async ({ gate, node }) => {
      gate.delay(50)
      await sleep(5_000)
      gate.delay(500)
      await sleep(6_000)
      assert.equal(await node.figure('bellwire_leases_freed_total'), 0, 'no lease ran out')
      gate.delay(0)
    },
    { outage: false, count: 1_000 },
  ),
  underLoad(
    'F29',
    'outcome of COMMIT unknown',
    async ({ gate }) => {
      for (let i = 0; i < 5; i++) {
        gate.set('hold')
        await sleep(150)
        gate.cut()
        gate.set('pass')
        await sleep(800)
      }
    },
    { outage: false, quick: true },
  ),
  underLoad('F32', 'read-only database, as after a fail-over', async ({ pg, database }) => {
    const set = `alter database ${database} set default_transaction_read_only = on`
    await pg.query('postgres', set)
    await pg.query(
      'postgres',
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [database],
    )
    await sleep(8_000)
    // Sessions keep what they were opened with: they have to be renewed.
    await pg.query('postgres', `alter database ${database} reset default_transaction_read_only`)
  }),
  {
    id: 'F33',
    name: 'deadlocks: two nodes without, an outside session with',
    async run(run) {
      const stand = await newStand(run)
      const { publisher, sql, pg, database } = stand
      await stand.another()
      const deadlocks = async () =>
        Number(
          (
            await sql('select deadlocks from pg_stat_database where datname = current_database()')
          )[0]?.['deadlocks'],
        )
      const first = await publisher.publish('calm', { count: 1_500 }).done
      await stand.drained()
      assert.equal(await deadlocks(), 0, 'none of our own making')
      const { ledger, done } = publisher.publish('outside', { count: 1_000, perSecond: 200 })
      const outside = await pg.session(database)
      for (let i = 0; i < 20; i++) {
        await outside
          .query(
            'begin; select from pending_delivery order by message_id desc, endpoint_id desc limit 50 for update',
          )
          .catch(() => {})
        await sleep(100)
        await outside.query('rollback').catch(() => {})
      }
      await outside.end()
      await done
      await stand.drained()
      return `${await stand.audit([first, ledger], 0)}, 0 deadlocks before the outside session, ${await deadlocks()} with it`
    },
  },
  {
    id: 'F34',
    name: 'settings that lie: the WAL is synced as messages are acknowledged',
    async run(run) {
      const stand = await newStand(run)
      const { pg, database, publisher, sql } = stand
      assert.doesNotMatch(stand.node.log(), /database\.unsafe/)
      const session = await pg.session(database)
      const { rows } = await session.query(
        "select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')",
      )
      await session.end()
      assert.ok(
        rows.every(({ setting }) => setting === 'on'),
        JSON.stringify(rows),
      )
      const syncs = async () =>
        Number(
          (await sql("select sum(fsyncs) as fsyncs from pg_stat_io where object = 'wal'"))[0]?.[
            'fsyncs'
          ],
        )
      const before = await syncs()
      const ledger = await publisher.publish('sync', { count: 50, concurrency: 1 }).done
      await until('synced', async () => (await syncs()) - before >= 25, { within: 5_000 })
      const grown = (await syncs()) - before
      await pg.query('postgres', `alter database ${database} set synchronous_commit = off`)
      const { node: warned } = await stand.another()
      assert.match(warned.log(), /database\.unsafe.*synchronous_commit off/)
      const ready = await fetch(`${warned.url}/readyz`).then((answer) => answer.json() as Json)
      assert.match(ready['durability'], /synchronous_commit off/)
      return `${ledger.accepted.size} acknowledged one by one, ${grown} syncs; off: warned at start and in /readyz`
    },
  },
]

function childOf(parent: number, title: string): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const isChild = readFileSync(`/proc/${entry}/stat`, 'utf8').includes(` ${parent} `)
      if (isChild && readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(title))
        return Number(entry)
    } catch {} // it has ended meanwhile
  }
  throw new Error(`PostgreSQL has no ${title}`)
}

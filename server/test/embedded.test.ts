import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, afterEach, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { findNative } from '../src/store/embedded/binaries.ts'
import { EmbeddedError } from '../src/store/embedded/embedded-error.ts'
import { type Embedded, startEmbedded } from '../src/store/embedded/start.ts'

const root = await mkdtemp(join(tmpdir(), 'bellwire-test-'))
await chmod(root, 0o755)

// Last in, first out: a child that is killed leaves a server, which the one who adopted it stops.
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})
after(async () => {
  await until(async () =>
    assert.deepEqual(await serversBelow(root), [], 'a test left a PostgreSQL running'),
  )
  await rm(root, { recursive: true, force: true, maxRetries: 10 })
})

const isRoot = process.getuid?.() === 0
const rootOnly = { skip: isRoot ? false : 'needs root' }
const linuxOnly = { skip: process.platform === 'linux' ? false : 'needs Linux' }
const ORDINARY = { uid: 1, gid: 1 } // "daemon": initdb wants one with a name
const NAMELESS = { uid: 12_345, gid: 12_345 }

test('it starts, stops and starts again in seconds, and data is kept', async (t) => {
  const dataDir = await newDataDir()
  const first = await timed(() => start(t, dataDir))
  await query(first.value, 'create table kept as select 42 as answer')
  const stop = await timed(() => first.value.stop())
  const second = await timed(() => start(t, dataDir))
  t.diagnostic(`first start ${first.ms} ms, stop ${stop.ms} ms, second start ${second.ms} ms`)
  assert.deepEqual(await query(second.value, 'select answer from kept'), [{ answer: 42 }])
  // Alone on a machine it takes less than 5, 2 and 2 s; other test files may have this one.
  assert.ok(first.ms < 20_000 && second.ms < 10_000 && stop.ms < 10_000)
})

test('the server is durable, speaks UTF-8, and listens on a private socket only', async (t) => {
  const embedded = await start(t, await newDataDir())
  const rows = await query(
    embedded,
    `select name, setting from pg_settings
      where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses',
                     'server_encoding', 'data_checksums', 'wal_compression', 'shared_buffers',
                     'jit', 'autovacuum_naptime', 'TimeZone')`,
  )
  const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
  assert.deepEqual(settings, {
    TimeZone: 'UTC',
    autovacuum_naptime: '10',
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    jit: 'off',
    listen_addresses: '',
    server_encoding: 'UTF8',
    shared_buffers: '16384',
    synchronous_commit: 'on',
    wal_compression: 'pglz',
  })
  const [database] = await query(
    embedded,
    `select datlocprovider, datlocale from pg_database where datname = 'bellwire'`,
  )
  assert.deepEqual(database, { datlocprovider: 'b', datlocale: 'C.UTF-8' })
  const { mode } = await stat(embedded.connection.host)
  assert.equal(mode & 0o777, 0o700)
  await assert.rejects(
    query({ connection: { ...embedded.connection, password: 'wrong' } }, 'select 1'),
    { code: '28P01' },
  )
})

test('settings of the caller win, and those of postgresql.conf over our defaults', async (t) => {
  const dataDir = await newDataDir()
  const embedded = await start(t, dataDir)
  await query(embedded, `alter system set checkpoint_timeout = '7min'`)
  await embedded.stop()
  const again = await start(t, dataDir, { work_mem: '7MB' })
  const [row] = await query(
    again,
    `select current_setting('work_mem') as a, current_setting('checkpoint_timeout') as b`,
  )
  assert.deepEqual(row, { a: '7MB', b: '7min' })
})

test('a killed Bellwire leaves its server running, and the next start adopts it', async (t) => {
  const dataDir = await newDataDir()
  const child = startChild(dataDir)
  await child.ready
  const pid = postmasterPid(dataDir)
  await child.kill()
  const embedded = await start(t, dataDir)
  assert.equal(postmasterPid(dataDir), pid)
  assert.equal((await query(embedded, 'select 1 as one')).length, 1)
  await embedded.stop()
  assert.equal(isAlive(pid), false)
})

test('a second Bellwire is refused at once and told whom to stop', async (t) => {
  const dataDir = await newDataDir()
  const child = startChild(dataDir)
  await child.ready
  const pid = postmasterPid(dataDir)
  const refused = await timed(() =>
    assert.rejects(start(t, dataDir), (error) => {
      assert.ok(error instanceof EmbeddedError)
      assert.match(error.message, new RegExp(`process ${child.pid} on .*"kill ${child.pid}"`))
      t.diagnostic(error.message)
      return true
    }),
  )
  // It gives the first one a second to go, and not the half minute that a server gets.
  assert.ok(refused.ms < 20_000, `${refused.ms} ms`)
  assert.equal(postmasterPid(dataDir), pid)
  await child.stop()
})

test('of two first starts at once one wins, and the other is refused', async () => {
  const dataDir = await newDataDir()
  const children = [startChild(dataDir), startChild(dataDir)]
  const outcomes = await Promise.allSettled(children.map((child) => child.ready))
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const lost = outcomes.find((outcome) => outcome.status === 'rejected')
  assert.match(String(lost?.reason), /in use by another Bellwire/)
  assert.deepEqual(await leftovers(dataDir), [])
  for (const child of children) await child.stop()
})

test('a server that is killed accepts connections again, and the lock is ours again', async (t) => {
  const dataDir = await newDataDir()
  const embedded = await start(t, dataDir)
  await query(embedded, 'create table kept as select 42 as answer')
  const pid = postmasterPid(dataDir)
  process.kill(pid, 'SIGKILL')
  const recovered = await timed(() => until(() => query(embedded, 'select answer from kept')))
  t.diagnostic(`accepting again after ${recovered.ms} ms`)
  assert.notEqual(postmasterPid(dataDir), pid)
  await embedded.isBack()
  await assert.rejects(start(t, dataDir), /in use by another Bellwire/)
})

test('a backend that crashes costs us the lock only until the server has recovered', async (t) => {
  const dataDir = await newDataDir()
  const embedded = await start(t, dataDir)
  const pid = postmasterPid(dataDir)
  const victim = new Client(embedded.connection)
  victim.on('error', () => {})
  await victim.connect()
  const { rows } = await victim.query('select pg_backend_pid() as pid')
  process.kill(rows[0].pid, 'SIGKILL')
  await until(() => query(embedded, 'select 1'))
  assert.equal(postmasterPid(dataDir), pid)
  await embedded.isBack()
  await assert.rejects(start(t, dataDir), /in use by another Bellwire/)
})

test('an adopted server is supervised as well', async (t) => {
  const dataDir = await newDataDir()
  const child = startChild(dataDir)
  await child.ready
  await child.kill()
  const embedded = await start(t, dataDir)
  process.kill(postmasterPid(dataDir), 'SIGKILL')
  await until(() => query(embedded, 'select 1'))
})

test('Bellwire and its server killed together: the next start recovers', async (t) => {
  const dataDir = await newDataDir()
  const child = startChild(dataDir)
  const { connection } = await child.ready
  await query({ connection }, 'create table kept as select 42 as answer')
  process.kill(postmasterPid(dataDir), 'SIGKILL')
  await child.kill()
  const again = await timed(() => start(t, dataDir))
  t.diagnostic(`recovered start ${again.ms} ms`)
  assert.deepEqual(await query(again.value, 'select answer from kept'), [{ answer: 42 }])
})

test('a lock file whose pid is now a stranger does not block the start', linuxOnly, async (t) => {
  const dataDir = await newDataDir()
  const child = startChild(dataDir)
  await child.ready
  const server = postmasterPid(dataDir)
  process.kill(server, 'SIGKILL')
  await child.kill()
  await until(() => assert.equal(isAlive(server), false))
  // As after a restart of a container, where the old pid belongs to somebody of the same user.
  const owner = await stat(join(dataDir, 'postgres/pgdata'))
  const stranger = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid })
  cleanups.push(async () => stranger.kill())
  for (const name of ['pgdata/postmaster.pid', 'run/.s.PGSQL.5432.lock']) {
    const path = join(dataDir, 'postgres', name)
    const [, ...rest] = readFileSync(path, 'utf8').split('\n')
    await writeFile(path, [stranger.pid, ...rest].join('\n'))
  }
  const again = await timed(() => start(t, dataDir))
  // The half minute that a server of ours would get is not waited for.
  assert.ok(again.ms < 20_000, `${again.ms} ms`)
})

test('a data directory with a long path works, and its server is adopted too', async (t) => {
  const dataDir = join(await newDataDir(), 'long-'.repeat(30))
  const child = startChild(dataDir)
  const { connection } = await child.ready
  assert.equal((await stat(connection.host)).mode & 0o777, 0o700)
  await child.kill()
  const embedded = await start(t, dataDir)
  assert.equal(embedded.connection.host, connection.host)
  // Cleaned away by somebody while nobody looks, then the server dies.
  await rm(connection.host, { recursive: true })
  process.kill(postmasterPid(dataDir), 'SIGKILL')
  await until(() => query(embedded, 'select 1'))
  await embedded.stop()
  assert.equal(existsSync(connection.host), false)
})

test('killed at any moment of its first start, the next one completes', async (t) => {
  for (const afterMs of [150, 300, 450, 600, 800]) {
    const dataDir = await newDataDir()
    const child = startChild(dataDir)
    child.ready.catch(() => {})
    await sleep(afterMs)
    const seen = await leftovers(dataDir)
    await child.kill()
    t.diagnostic(`killed after ${afterMs} ms: ${seen.join() || 'no folder of a first start'}`)
    const embedded = await start(t, dataDir)
    assert.deepEqual(await leftovers(dataDir), [])
    await embedded.stop()
  }
})

test('a setting that PostgreSQL refuses is told at once, with its log', async (t) => {
  const dataDir = await newDataDir()
  const refused = await timed(() =>
    assert.rejects(start(t, dataDir, { shared_buffers: 'much' }), (error) => {
      assert.ok(error instanceof EmbeddedError)
      assert.match(error.message, /invalid value for parameter "shared_buffers": "much"/)
      return true
    }),
  )
  assert.ok(refused.ms < 20_000, `${refused.ms} ms`)
})

test('stop during a restart leaves no server behind', async (t) => {
  for (const afterMs of [0, 190, 210, 240, 300]) {
    const dataDir = await newDataDir()
    const embedded = await start(t, dataDir)
    process.kill(postmasterPid(dataDir), 'SIGKILL')
    await sleep(afterMs)
    await embedded.stop()
    await until(async () => assert.deepEqual(await serversBelow(dataDir), []))
  }
})

test('a platform without binaries is told which ones have them', () => {
  for (const [platform, arch] of [
    ['linux', 'riscv64'],
    ['freebsd', 'x64'],
  ] as const) {
    assert.throws(() => findNative({ platform, arch }), /only for Linux.*DATABASE_URL.*15 or newer/)
  }
  // npm installs the package of this platform only
  const other = process.platform === 'darwin' ? 'linux' : 'darwin'
  assert.throws(() => findNative({ platform: other, arch: 'x64' }), /not installed.*DATABASE_URL/)
})

test('root runs the server as somebody else', rootOnly, async (t) => {
  const dataDir = await newDataDir()
  await start(t, dataDir)
  assert.equal((await stat(`/proc/${postmasterPid(dataDir)}`)).uid, 65_534)
  // What root writes lies in folders of root's.
  assert.equal((await stat(join(dataDir, 'postgres'))).uid, 0)
  const password = await stat(join(dataDir, 'postgres/password'))
  assert.deepEqual([password.uid, password.mode & 0o777], [0, 0o600])
})

test('root may keep the data below a folder that nobody else may enter', rootOnly, async (t) => {
  const home = await newDataDir()
  await mkdir(home, { mode: 0o700 })
  const dataDir = join(home, 'bellwire/data')
  const child = startChild(dataDir)
  await child.ready
  assert.equal((await stat(`/proc/${postmasterPid(dataDir)}`)).uid, 65_534)
  await child.kill()
  const embedded = await start(t, dataDir)
  process.kill(postmasterPid(dataDir), 'SIGKILL')
  await until(() => query(embedded, 'select 1'))
})

test(
  'an ordinary user runs the server as himself, and root goes on with it',
  rootOnly,
  async (t) => {
    const dataDir = await newDataDir()
    await mkdir(dataDir, { mode: 0o700 })
    await chown(dataDir, ORDINARY.uid, ORDINARY.gid)
    const child = startChild(dataDir, ORDINARY)
    await child.ready
    assert.equal((await stat(`/proc/${postmasterPid(dataDir)}`)).uid, ORDINARY.uid)
    await child.stop()
    await start(t, dataDir)
    assert.equal((await stat(`/proc/${postmasterPid(dataDir)}`)).uid, ORDINARY.uid)
  },
)

test("an ordinary user is told that the data is someone else's", rootOnly, async (t) => {
  const dataDir = await newDataDir()
  await (await start(t, dataDir)).stop()
  await chmod(dataDir, 0o755)
  const child = startChild(dataDir, ORDINARY)
  await assert.rejects(child.ready, /belongs to uid 65534.*runs as uid 1\b/)
})

test('root may keep Bellwire itself there too: the server runs from a copy', rootOnly, async () => {
  const home = await newDataDir()
  await mkdir(home, { mode: 0o700 })
  await installInto(home)
  const system = '/var/lib/bellwire' // used when the data directory is out of reach as well
  if (!existsSync(system)) cleanups.push(() => rm(system, { recursive: true, force: true }))
  const reachable = await newDataDir()
  await mkdir(reachable, { mode: 0o755 })
  for (const dataDir of [join(home, 'data'), reachable]) {
    const script = join(home, 'server/test/embedded-child.ts')
    const child = startChild(dataDir, { script })
    await child.ready
    const program = await readlink(`/proc/${postmasterPid(dataDir)}/exe`)
    assert.equal(dirname(dirname(dirname(program))), dataDir === reachable ? reachable : system)
    assert.equal((await stat(`/proc/${postmasterPid(dataDir)}`)).uid, 65_534)
    await child.stop()
  }
})

test('a user without a name is told that initdb wants one', rootOnly, async () => {
  const dataDir = await newDataDir()
  await mkdir(dataDir, { mode: 0o700 })
  await chown(dataDir, NAMELESS.uid, NAMELESS.gid)
  const child = startChild(dataDir, NAMELESS)
  await assert.rejects(child.ready, /uid 12345 has none.*DATABASE_URL/)
})

let count = 0
async function newDataDir(): Promise<string> {
  count += 1
  return join(root, `${count}`)
}

async function start(t: TestContext, dataDir: string, settings: Record<string, string> = {}) {
  const lines: string[] = []
  const log = (line: string, details?: object) => {
    lines.push(line)
    t.diagnostic(`${line} ${details === undefined ? '' : JSON.stringify(details)}`)
  }
  const embedded = await startEmbedded({ dataDir, log, settings })
  cleanups.push(() => embedded.stop())
  const isBack = () => until(() => assert.match(lines.join(), /is back/))
  return { ...embedded, isBack }
}

type Told = { event: string; message?: string; connection: Embedded['connection'] }

/** A Bellwire-like process; whatever happens, it and its server are gone when the test ends. */
function startChild(
  dataDir: string,
  options: { uid?: number; gid?: number; script?: string } = {},
) {
  const { script = join(import.meta.dirname, 'embedded-child.ts'), ...user } = options
  const child = spawn(process.execPath, ['-C', 'bellwire-source', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...user,
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  cleanups.push(async () => {
    child.kill('SIGKILL')
    await exited
    if ((await serversBelow(dataDir)).length === 0) return
    process.kill(postmasterPid(dataDir), 'SIGINT')
    await until(async () => assert.deepEqual(await serversBelow(dataDir), []))
  })
  const send = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }
  return {
    pid: child.pid,
    ready: readyOf(child),
    kill: () => send('SIGKILL'),
    stop: () => send('SIGTERM'),
  }
}

/** As after `git clone` and `npm install`, with no more than this test needs. */
async function installInto(folder: string) {
  const repository = join(import.meta.dirname, '../..')
  const modules = await readdir(join(repository, 'node_modules'))
  const needed = modules.filter((name) => /^(pg|postgres-|split2|xtend|@embedded)/.test(name))
  for (const path of [
    'package.json',
    'server/package.json',
    'server/src/store/embedded',
    'server/test/embedded-child.ts',
    ...needed.map((name) => `node_modules/${name}`),
  ]) {
    await cp(join(repository, path), join(folder, path), { recursive: true })
  }
}

async function readyOf(child: ChildProcess): Promise<Told> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const told = JSON.parse(line) as Told
    if (told.event === 'ready') return told
    if (told.event === 'failed') throw new Error(told.message)
  }
  throw new Error('ended before it was ready')
}

async function query({ connection }: Pick<Embedded, 'connection'>, text: string) {
  const client = new Client({ ...connection, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

async function until<T>(attempt: () => Promise<T> | T): Promise<T> {
  const end = Date.now() + 30_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await sleep(20)
  }
}

async function timed<T>(work: () => Promise<T>) {
  const begin = performance.now()
  const value = await work()
  return { value, ms: Math.round(performance.now() - begin) }
}

function postmasterPid(dataDir: string): number {
  const file = join(dataDir, 'postgres/pgdata/postmaster.pid')
  return Number(readFileSync(file, 'utf8').split('\n')[0])
}

const leftovers = async (dataDir: string) =>
  (await readdir(dataDir).catch(() => [])).filter((name) => name.includes('.init-'))

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !stat.includes(') Z ')
  } catch {
    return false
  }
}

/** Postmasters whose pgdata is below a folder, found by what the system says and not by files. */
async function serversBelow(folder: string): Promise<number[]> {
  const servers: number[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    if (dirname(cwd).startsWith(folder) && isAlive(Number(pid))) servers.push(Number(pid))
  }
  return servers
}

// A PostgreSQL for faults that hurt, from the npm binaries: own directory, port and user. As root it
// runs as nobody, because PostgreSQL refuses root.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { findBinaries } from '../server/src/store/embedded/binaries.ts'
import { layoutOf } from '../server/src/store/embedded/layout.ts'
import { findServerUser } from '../server/src/store/embedded/server-user.ts'
import { isRoot, until } from './fault.ts'
import { freePort } from './ports.ts'
import { run } from './processes.ts'

const NOBODY = 65_534

export type Postgres = Awaited<ReturnType<typeof startPostgres>>

type Options = { dir?: string; walDir?: string; settings?: string[] }

/** `dir` and `walDir` may be small disks. */
export async function startPostgres({ dir, walDir, settings = [] }: Options = {}) {
  const base = dir ?? (await mkdtemp(join(tmpdir(), 'bellwire-chaos-pg-')))
  const data = join(base, 'data')
  const port = await freePort()
  for (const folder of [base, ...(walDir === undefined ? [] : [walDir])]) {
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o711)
    if (isRoot()) await chown(folder, NOBODY, NOBODY)
  }
  const layout = layoutOf(base)
  await mkdir(layout.pgdata, { recursive: true }) // where it tries them out
  const { bin } = await findBinaries({ layout, user: await findServerUser(layout) })
  const as = (command: string, args: string[]) => {
    const env = { LD_LIBRARY_PATH: `${layout.lib}:${join(bin, '..', 'lib')}` }
    if (!isRoot()) return run(command, args, { env })
    const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
    return run('setpriv', [...user, command, ...args], { env, cwd: '/' })
  }
  const wal = walDir === undefined ? [] : ['--waldir', join(walDir, 'wal')]
  await as(join(bin, 'initdb'), [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    ...wal,
  ])
  const flags = [
    '-p',
    `${port}`,
    '-k',
    base,
    '-c',
    'max_connections=60',
    '-c',
    'shared_buffers=64MB',
    '-c',
    'listen_addresses=127.0.0.1',
  ]
  const options = [...flags, ...settings.flatMap((setting) => ['-c', setting])].join(' ')
  const control = (...args: string[]) =>
    as(join(bin, 'pg_ctl'), ['-D', data, '-w', '-t', '20', '-l', join(base, 'log'), ...args])
  const up = () => control('-o', options, 'start')
  await up()

  const urlOf = (database: string, at = port, user = 'postgres') =>
    `postgres://${user}@127.0.0.1:${at}/${database}`
  async function query<Row extends pg.QueryResultRow>(
    database: string,
    sql: string,
    values: unknown[] = [],
  ) {
    const client = new pg.Client({ connectionString: urlOf(database), statement_timeout: 20_000 })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(sql, values)).rows
    } finally {
      await client.end()
    }
  }
  const pidFile = join(data, 'postmaster.pid')
  const postmaster = () =>
    existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[0]) : null
  return {
    port,
    data,
    base,
    urlOf,
    query,
    postmaster,
    log: () => readFileSync(join(base, 'log'), 'utf8'),
    start: up,
    /** Also straight after a kill, when the old processes are not gone yet. */
    startAgain: () =>
      until(
        'PostgreSQL starts again',
        () =>
          up().then(
            () => true,
            () => false,
          ),
        { within: 30_000, every: 300 },
      ),
    restart: (mode: 'fast' | 'immediate') => control('-o', options, '-m', mode, 'restart'),
    stop: (mode: 'fast' | 'immediate' = 'fast') => control('-m', mode, 'stop'),
    /** A connection that the caller ends. */
    async session(database: string) {
      const client = new pg.Client({ connectionString: urlOf(database) })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    async newDatabase() {
      const name = `chaos_${randomBytes(6).toString('hex')}`
      await query('postgres', `create database ${name}`)
      return name
    },
    async remove() {
      await control('-m', 'immediate', 'stop').catch(() => {}) // it may be down already
      if (dir === undefined) await rm(base, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

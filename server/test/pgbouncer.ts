// PgBouncer in transaction mode in front of the run's PostgreSQL, where the machine has the program.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectTo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Connection } from '../src/store/connect.ts'
import { connectionUrl } from './database.ts'
import { closedPort } from './receiver.ts'
import { until } from './until.ts'

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find(
  existsSync,
)
/** Why tests that need it do not run; false when they do. */
export const noPgbouncer =
  PROGRAM === undefined && 'pgbouncer is not installed: apt-get install pgbouncer'

/** A URL that leads to the database of `connection`, and ends with the test file. */
export async function startPgbouncer(connection: Connection): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bellwire-pgbouncer-'))
  await chmod(folder, 0o755)
  const port = await closedPort()
  const url = new URL(connectionUrl(connection))
  const database = url.pathname.slice(1)
  const host = url.searchParams.get('host') ?? url.hostname
  const login = `user=${url.username} password='${decodeURIComponent(url.password)}'`
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(
    file,
    `[databases]
${database} = host=${host} port=${url.port} ${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
max_client_conn = 200
`,
  )
  // It refuses to be root.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const child = spawn(PROGRAM!, ['-q', file], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    ...user,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  after(async () => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true })
  })
  await until('pgbouncer listens', () => isOpen(port), { or: () => said })
  return `postgres://bellwire@127.0.0.1:${port}/${database}`
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTo(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}

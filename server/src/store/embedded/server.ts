import { spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from 'pg'
import { type Address, ensureSocketFolder, removeTemporaryFolder } from './address.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { dataDirArgument, run, spawnOptions } from './child.ts'
import { writeSettings } from './cluster.ts'
import { EmbeddedError } from './embedded-error.ts'
import type { Layout } from './layout.ts'
import { type Lock, type Login, takeLock } from './lock.ts'
import { isServing, readPostmaster, removeStaleLocks, stopPostmaster } from './postmaster.ts'
import type { ServerUser } from './server-user.ts'

// How long a predecessor may hold the data directory: its backends end, it writes a checkpoint.
const PREDECESSOR_MS = 30_000
const TELL_EVERY_MS = 10_000
const MAX_LOG_BYTES = 10 * 1024 * 1024

export type Log = (line: string, details?: object) => void

export type Server = {
  layout: Layout
  user: ServerUser
  address: Address
  login: Login
  settings: Record<string, string>
  log: Log
}

/**
 * Our server is running and locked for us, started if need be:
 *
 *   it answers               → lock                  (started by us just now, or adopted)
 *   "starting", "stopping"   → wait                  (recovery takes what it takes)
 *   silent, process is there → wait, up to 30 s      (not listening yet, or about to be gone)
 *   silent, no process       → start                 (again for 30 s, if the one before was killed)
 */
export async function lockRunningServer(server: Server, signal: AbortSignal): Promise<Lock> {
  const { layout, login, log } = server
  const patience = createPatience(log)
  let started: Started | null = null
  let predecessor = false
  for (;;) {
    // Not while one of ours is on its way up: who stops us then would not find it yet.
    if (started === null || started.ended() !== null) signal.throwIfAborted()
    try {
      return await takeLock(login, layout.dataDir)
    } catch (error) {
      const state = stateOf(error, layout)
      const found = await readPostmaster(layout)
      const there = found !== null && (await isServing(found.pid, layout))
      const running = started?.ended() === null
      if (state === 'busy') patience.tell('PostgreSQL is starting, stopping or recovering; waiting')
      else if (there || running) patience.spend(() => silent(server, found?.pid, error))
      else {
        if (found !== null) predecessor = true
        const why = await started?.whyEnded()
        if (why !== undefined) {
          // Backends of a killed server may still hold its shared memory; otherwise no second try.
          if (!predecessor) throw new EmbeddedError(why)
          patience.spend(() => new EmbeddedError(why))
          await sleep(200)
        }
        if (found !== null) await removeStaleLocks(layout, found)
        started = await start(server)
      }
    }
    await sleep(20)
  }
}

function stateOf(error: unknown, { home }: Layout): 'busy' | 'silent' {
  if (error instanceof EmbeddedError) throw error
  if (!(error instanceof DatabaseError)) return 'silent'
  const kind = error.code?.slice(0, 2)
  // Operator intervention: starting, stopping, crashed. Insufficient resources: connections.
  if (kind === '57' || kind === '53') return 'busy'
  throw new EmbeddedError(
    kind === '28'
      ? `PostgreSQL in ${home} refuses the password in ${home}/password. Restore that file from a backup.`
      : `PostgreSQL in ${home} refuses the session that holds it: ${error.message} (${error.code}).`,
    { cause: error },
  )
}

function silent({ layout, address }: Server, pid: number | undefined, error: unknown) {
  return new EmbeddedError(
    `PostgreSQL (process ${pid}) holds ${layout.pgdata} but has not answered on ${address.host} for ` +
      `${PREDECESSOR_MS / 1000} s. Stop it with "kill -INT ${pid}" and start again; its log is ${layout.log}.`,
    { cause: error },
  )
}

function createPatience(log: Log) {
  const begin = Date.now()
  let toldAt = begin
  return {
    tell(line: string) {
      if (Date.now() - toldAt < TELL_EVERY_MS) return
      toldAt = Date.now()
      log(line, { seconds: Math.round((toldAt - begin) / 1000) })
    },
    spend(reason: () => Error) {
      if (Date.now() - begin > PREDECESSOR_MS) throw reason()
    },
  }
}

type Started = { ended(): string | null; whyEnded(): Promise<string> }

async function start(server: Server): Promise<Started> {
  const { layout, address } = server
  const binaries = await findBinaries(server)
  await writeSettings(server)
  await ensureSocketFolder(server, address)
  const logFrom = await rotate(layout.log)
  if (process.platform === 'win32') return startOnWindows(server, binaries)

  // A file, not a pipe: the server outlives a killed Bellwire and would die writing to it.
  await using log = await open(layout.log, 'a', 0o600)
  const child = spawn(join(binaries.bin, 'postgres'), ['-D', ...serverArguments(server)], {
    ...spawnOptions(server, binaries),
    detached: true, // Ctrl-C in the terminal is for Bellwire, which stops the server last
    stdio: ['ignore', log.fd, log.fd],
  })
  child.unref()
  let ended: string | null = null
  child.once('exit', (code, signal) => {
    ended = signal ?? `exit code ${code}`
  })
  child.once('error', (error) => {
    ended = error.message
  })
  return {
    ended: () => ended,
    async whyEnded() {
      const text = (await readFile(layout.log, 'utf8')).slice(logFrom).trim()
      const last = text.split('\n').slice(-8).join('\n')
      return `PostgreSQL did not start (${ended}). Its log ${layout.log} ends with:\n${last}`
    },
  }
}

function serverArguments(server: Server): string[] {
  const { layout, address } = server
  const settings = {
    port: String(address.port),
    ...(process.platform === 'win32'
      ? { listen_addresses: address.host }
      : {
          listen_addresses: '', // the bundled OpenSSL 1.1 must not meet a network
          // Relative to pgdata: bind() has the same limit of 107 bytes, and must reach it.
          unix_socket_directories: address.host === layout.run ? '../run' : address.host,
          unix_socket_permissions: '0700',
        }),
    ...server.settings,
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return [dataDirArgument(server), ...options]
}

/** pg_ctl gives up an administrator's rights, with which postgres refuses to run. Not run yet. */
async function startOnWindows(server: Server, binaries: Binaries): Promise<Started> {
  const [data = '', ...options] = serverArguments(server)
  const quoted = options.map((option) => `"${option}"`).join(' ')
  const args = ['start', '-W', '-s', '-D', data, '-l', server.layout.log, '-o', quoted]
  const { code, output } = await run(server, binaries, 'pg_ctl', args)
  const ended = code === 0 ? null : `pg_ctl, exit code ${code}: ${output}`
  const why = `PostgreSQL did not start (${ended}). Its log is ${server.layout.log}.`
  return { ended: () => ended, whyEnded: async () => why }
}

/** The last thing in a shutdown: fast, and waits until the process is gone. */
export async function stopServer(server: Server): Promise<void> {
  const { layout, log } = server
  const found = await readPostmaster(layout)
  if (found === null || !(await isServing(found.pid, layout))) return
  const { pid } = found
  const outcome = await stopPostmaster(pid, async () => {
    if (process.platform !== 'win32') return void process.kill(pid, 'SIGINT')
    const args = ['stop', '-W', '-s', '-m', 'fast', '-D', layout.pgdata]
    await run(server, await findBinaries(server), 'pg_ctl', args)
  })
  if (outcome === 'quit') log('PostgreSQL had to be stopped at once; it recovers at the next start')
  if (outcome === 'stuck') {
    throw new EmbeddedError(
      `PostgreSQL (process ${pid}) does not stop. Look into ${layout.log}; "kill -QUIT ${pid}" tries again.`,
    )
  }
  await removeTemporaryFolder(server.address)
}

/** Returns where the lines of the next start begin. */
async function rotate(file: string): Promise<number> {
  const found = await stat(file).catch(() => null)
  if (found === null) return 0
  if (found.size <= MAX_LOG_BYTES) return found.size
  await rename(file, `${file}.1`)
  return 0
}

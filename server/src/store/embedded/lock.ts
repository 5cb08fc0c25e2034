import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { codeOf, EmbeddedError } from './embedded-error.ts'

// "bellwire" in ASCII: never meets a lock of the application, which lives in another database.
const LOCK = [0x62656c6c, 0x77697265] as const
// A killed owner's session ends as soon as the server reads from its socket; seen: 3 ms.
const PATIENCE_MS = 1000
/** With one that lives: it may be about to end. */
const PATIENCE_WITH_LIVING_MS = 300

export type Login = { host: string; port: number; user: string; password: string }

/** One open session that holds the data directory for this process. It falls with the process. */
export type Lock = { client: Client; lost: Promise<void> }

/**
 * Taken in the database `postgres`, which is always there. Throws what `pg` throws if there is no
 * server, and an EmbeddedError if another Bellwire holds the lock.
 */
export async function takeLock(login: Login, dataDir: string): Promise<Lock> {
  const client = new Client({
    ...login,
    database: 'postgres',
    // Tells whoever is refused whom to stop; unlike a pid file it can't be stale.
    application_name: `bellwire ${process.pid} on ${hostname()}`.slice(0, 63),
    connectionTimeoutMillis: 2000,
    options: '-c idle_session_timeout=0', // it is idle for ever; and PGOPTIONS is not for us
    ssl: false, // else PGSSLMODE decides
  })
  const { promise: lost, resolve } = Promise.withResolvers<void>()
  client.on('error', () => resolve()) // 'end' follows only if it was connected
  client.on('end', () => resolve())
  try {
    await client.connect()
    await lockWithin(client, dataDir)
    return { client, lost }
  } catch (error) {
    await client.end().catch(() => {}) // the first error is the one to tell
    throw error
  }
}

async function lockWithin(client: Client, dataDir: string): Promise<void> {
  const startedAt = Date.now()
  while (!(await tryLock(client))) {
    const owner = await findOwner(client)
    const patienceMs = isAlive(owner) ? PATIENCE_WITH_LIVING_MS : PATIENCE_MS
    if (Date.now() < startedAt + patienceMs) {
      await sleep(50)
      continue
    }
    throw new EmbeddedError(
      `The data directory ${dataDir} is in use by another Bellwire` +
        `${owner === null ? '' : `, process ${owner.replace(/^bellwire /, '')}`}. ` +
        `Stop that one first${pidOf(owner)}, or give this one a data directory of its own (BELLWIRE_DATA_DIR).`,
    )
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const text = 'select pg_try_advisory_lock($1, $2) as held'
  const { rows } = await client.query<{ held: boolean }>(text, [...LOCK])
  return rows[0]?.held === true
}

async function findOwner(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ application_name: string }>(
    `select application_name
       from pg_locks
       join pg_stat_activity using (pid)
      where locktype = 'advisory' and granted
        and classid::bigint = $1 and objid::bigint = $2`,
    [...LOCK],
  )
  return rows[0]?.application_name ?? null
}

const OWNER = /^bellwire (\d+) on (.*)$/

function pidOf(owner: string | null): string {
  const pid = OWNER.exec(owner ?? '')?.[1]
  return pid === undefined ? '' : ` ("kill ${pid}")`
}

/** Only of this machine can we know. */
function isAlive(owner: string | null): boolean {
  const [, pid, host] = OWNER.exec(owner ?? '') ?? []
  if (pid === undefined || host !== hostname()) return false
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    // It is another user's.
    return codeOf(error) === 'EPERM'
  }
}

export async function ensureDatabase({ client }: Lock, name: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
  if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
}

import { randomBytes } from 'node:crypto'
import {
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  statfs,
  writeFile,
} from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { findBinaries } from './binaries.ts'
import { dataDirArgument, fromPgdata, run } from './child.ts'
import { codeOf, EmbeddedError, USE_YOUR_OWN } from './embedded-error.ts'
import { type Layout, layoutOf } from './layout.ts'
import { giveTo, type ServerUser } from './server-user.ts'

const MAJOR = '18'
const SETTINGS_FILE = 'bellwire.conf'
const INITIAL_CONF = `# Bellwire rewrites ${SETTINGS_FILE} at each start. What you set below it wins.
include '${SETTINGS_FILE}'
`

/** Superuser of the cluster; PostgreSQL's customary name. */
export const SUPERUSER = 'postgres'

type Place = { layout: Layout; user: ServerUser }

/** The cluster is there, whole, and of the version we run; made now if this is the first start. */
export async function ensureCluster(place: Place): Promise<void> {
  const { layout } = place
  const version = await readFile(join(layout.pgdata, 'PG_VERSION'), 'utf8').catch(ifMissing)
  if (version === null) return create(place)
  if (version.trim() !== MAJOR) {
    throw new EmbeddedError(
      `The database in ${layout.pgdata} was made by PostgreSQL ${version.trim()}; this Bellwire brings ` +
        `${MAJOR}. Start the Bellwire that made it and move the data with pg_dump, ${USE_YOUR_OWN}.`,
    )
  }
}

export async function readPassword({ password, home }: Layout): Promise<string> {
  const text = await readFile(password, 'utf8').catch(ifMissing)
  if (text !== null) return text.trim()
  throw new EmbeddedError(
    `The database in ${home} has lost its file "password". Restore it from a backup, or move ` +
      `${home} away to begin with an empty database.`,
  )
}

/** Everything is made in a folder beside, then renamed: killed at any moment, we begin again. */
async function create({ layout, user }: Place): Promise<void> {
  await removeUnfinished(layout)
  const place = { layout: layoutOf(layout.dataDir, `postgres.init-${process.pid}`), user }
  const { home, pgdata, run: sockets, password } = place.layout
  await mkdir(layout.dataDir, { recursive: true, mode: 0o700 })
  for (const folder of [home, pgdata, sockets]) await mkdir(folder)
  // The server user walks through home to lib/, and owns the other two.
  await chmod(home, user === null ? 0o700 : 0o711)
  for (const folder of [pgdata, sockets]) {
    await chmod(folder, 0o700)
    await giveTo(user, folder)
  }
  try {
    await initialize(place)
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
  // initdb read it as the server user. From here on it is ours alone, and on disk with the rest.
  const secret = await readFile(password, 'utf8')
  await rm(password)
  await writeFile(password, secret, { mode: 0o600, flag: 'wx', flush: true })
  await writeFile(join(pgdata, 'postgresql.conf'), INITIAL_CONF, { flush: true })
  await syncFolder(home)
  await rename(home, layout.home).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
    // Another Bellwire was quicker: its cluster is as good.
    return rm(home, { recursive: true, force: true })
  })
  await syncFolder(layout.dataDir)
}

async function initialize(place: Place): Promise<void> {
  const { layout, user } = place
  await writeFile(layout.password, randomBytes(24).toString('base64url'), { mode: 0o600 })
  await giveTo(user, layout.password)
  const binaries = await findBinaries(place)
  const { code, output } = await run(place, binaries, 'initdb', [
    ...['-D', dataDirArgument(place), '-U', SUPERUSER, '-E', 'UTF8'],
    // Neither the host's locales nor the bundled ICU: indexes survive a move to another machine.
    ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    ...['--auth=scram-sha-256', `--pwfile=${fromPgdata(place, 'password')}`, '--no-instructions'],
  ])
  if (code === 0) return
  if (!hasName(user)) {
    throw new EmbeddedError(
      `PostgreSQL creates a database only for a user with a name, and uid ${process.getuid?.()} has ` +
        `none here. Add it to /etc/passwd, start Bellwire as another user for once, ${USE_YOUR_OWN}.`,
    )
  }
  const last = output.split('\n').slice(-6).join('\n')
  throw new EmbeddedError(
    `PostgreSQL could not create a database in ${layout.dataDir} (initdb, exit code ${code}). ` +
      `It needs 60 MB on a local disk. Its last words:\n${last}`,
  )
}

/** Seen in containers started with "--user 12345": initdb "could not look up effective user ID". */
function hasName(user: ServerUser): boolean {
  if (user !== null) return true
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

/** Left by a Bellwire killed in its first start. In a container its successor has the same pid. */
async function removeUnfinished({ dataDir }: Layout): Promise<void> {
  for (const name of await readdir(dataDir).catch((error: unknown) => ifMissing(error) ?? [])) {
    const pid = /^postgres\.init-(\d+)$/.exec(name)?.[1]
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue
    await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 10 })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/**
 * Defaults for a small machine. Durability is PostgreSQL's own default (fsync, full_page_writes,
 * synchronous_commit) and stays written here so that nobody has to wonder.
 */
export async function writeSettings({ layout, user }: Place): Promise<void> {
  const settings = {
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    shared_buffers: '128MB',
    max_connections: '100',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    wal_compression: 'pglz', // in every build; lz4 is not
    autovacuum_naptime: '10s',
    jit: 'off',
    dynamic_shared_memory_type: await sharedMemoryType(),
    // Above "error": a statement that fails is told to Bellwire, which decides what to log.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    log_timezone: 'UTC',
    timezone: 'UTC',
    lc_messages: 'C',
    default_text_search_config: 'pg_catalog.english',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`)
  const file = join(layout.pgdata, SETTINGS_FILE)
  const fresh = `${file}.new`
  // The folder is the server user's: "wx" and rename don't follow a link that it might have laid.
  await rm(fresh, { force: true })
  await writeFile(fresh, lines.join(''), { mode: 0o600, flag: 'wx' })
  await giveTo(user, fresh)
  await rename(fresh, file)
}

/** Containers have 64 MB of /dev/shm by default; parallel queries fail when it is full. */
async function sharedMemoryType(): Promise<string> {
  if (process.platform === 'win32') return 'windows'
  if (process.platform !== 'linux') return 'posix'
  const shm = await statfs('/dev/shm').catch(() => null)
  return shm !== null && shm.bsize * shm.blocks >= 256 * 1024 * 1024 ? 'posix' : 'mmap'
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // folders can't be opened there
  await using handle = await open(folder)
  await handle.sync()
}

function ifMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

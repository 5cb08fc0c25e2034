import { chmod, lstat, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { codeOf, EmbeddedError } from './embedded-error.ts'
import type { Layout } from './layout.ts'
import { giveTo, type ServerUser } from './server-user.ts'

/** As `pg` wants it: the folder of the socket, or an IP address. */
export type Address = { host: string; port: number }

const PORT = 5432 // of a socket it is only a part of the file's name
const TEMPORARY = 'bellwire-'
// sizeof(sun_path) less the final zero; macOS and the BSDs have 104 bytes.
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103

type Place = { layout: Layout; user: ServerUser }

/**
 * Where a server that we start shall listen. `recorded` is what the one before had: a folder in
 * the temporary directory is taken again if it is still ours, so that restarts leave none behind.
 */
export async function chooseAddress(place: Place, recorded: Address | null): Promise<Address> {
  if (process.platform === 'win32') return { host: '127.0.0.1', port: await freePort() }
  const { layout, user } = place
  if (fits(layout.run)) return { host: layout.run, port: PORT }
  if (recorded !== null && (await isOurs(recorded.host, user))) return recorded
  const host = await mkdtemp(join(await temporaryFolder(user), TEMPORARY))
  await giveTo(user, host)
  return { host, port: PORT }
}

/** Before each start: somebody may have cleaned the temporary directory since. */
export async function ensureSocketFolder({ layout, user }: Place, { host }: Address) {
  if (process.platform === 'win32') return
  try {
    await mkdir(host)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    if (host === layout.run || (await isOurs(host, user))) return
    throw new EmbeddedError(
      `The folder ${host} for PostgreSQL's socket is no longer Bellwire's own. Remove it and start again.`,
    )
  }
  await chmod(host, 0o700)
  await giveTo(user, host)
}

export async function removeTemporaryFolder({ host }: Address): Promise<void> {
  if (!basename(host).startsWith(TEMPORARY)) return
  await rm(host, { recursive: true, force: true })
}

function fits(folder: string): boolean {
  return Buffer.byteLength(socketPath(folder)) <= LONGEST_SOCKET_PATH
}

const socketPath = (folder: string) => join(folder, `.s.PGSQL.${PORT}`)

/** A user we drop to need not reach our TMPDIR. */
async function temporaryFolder(user: ServerUser): Promise<string> {
  const own = await realpath(tmpdir()).catch(() => '/tmp')
  return user === null && fits(join(own, `${TEMPORARY}123456`)) ? own : '/tmp'
}

async function isOurs(folder: string, user: ServerUser): Promise<boolean> {
  const found = await lstat(folder).catch(() => null)
  if (found === null || !basename(folder).startsWith(TEMPORARY)) return false
  const owner = user?.uid ?? process.getuid?.()
  return found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const probe = createServer()
  probe.once('error', reject)
  probe.listen(0, '127.0.0.1', () => {
    const address = probe.address()
    probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
  })
  return promise
}

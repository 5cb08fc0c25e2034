import { lchown, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, EmbeddedError, USE_YOUR_OWN } from './embedded-error.ts'
import type { Layout } from './layout.ts'

const NOBODY = 65_534

/**
 * PostgreSQL refuses uid 0, so root runs it as somebody else: null means "as ourselves".
 * An existing cluster keeps its owner, whoever that was.
 */
export type ServerUser = { uid: number; gid: number } | null

export async function findServerUser({ home, pgdata }: Layout): Promise<ServerUser> {
  const me = process.getuid?.()
  if (me === undefined) return null
  const owner = await stat(pgdata).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (me === 0) {
    if (owner === null || owner.uid === 0) return { uid: NOBODY, gid: NOBODY }
    return { uid: owner.uid, gid: owner.gid }
  }
  if (owner !== null && owner.uid !== me) {
    throw new EmbeddedError(
      `The database in ${pgdata} belongs to uid ${owner.uid}, but Bellwire runs as uid ${me}. ` +
        `Start it as root or as that user, or hand it over with "chown -R ${me} ${home}".`,
    )
  }
  return null
}

export async function giveTo(user: ServerUser, path: string): Promise<void> {
  if (user === null) return
  try {
    await lchown(path, user.uid, user.gid)
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error
    throw new EmbeddedError(
      `Bellwire runs as root but may not give ${path} to uid ${user.uid}, and PostgreSQL refuses ` +
        `to run as root. Start it as an ordinary user (in a container: "--user 1000"), ${USE_YOUR_OWN}.`,
      { cause: error },
    )
  }
}

/**
 * Reads the mode bits only. An access list may allow more; then we make a copy without need.
 */
export async function canReach(user: ServerUser, folder: string): Promise<boolean> {
  if (user === null) return true
  const { uid, gid, mode } = await stat(folder)
  const search = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  if ((mode & search) === 0) return false
  const parent = dirname(folder)
  return parent === folder || (await canReach(user, parent))
}

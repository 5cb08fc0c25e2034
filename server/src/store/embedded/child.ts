import { type SpawnOptions, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import type { Layout } from './layout.ts'
import type { ServerUser } from './server-user.ts'

type Place = { layout: Layout; user: ServerUser }

/**
 * A user we drop to may not be able to walk to the data directory: `npm start` in /root/bellwire,
 * and /root is 0700. It needs no walk: libuv changes into `cwd` before it gives up root, and Linux
 * lets a process enter its own /proc/self/cwd without looking at the folders above. So PostgreSQL
 * gets that as its data directory, and everything else of ours relative to it.
 * Seen: an absolute path ends in "could not access directory: Permission denied".
 */
export function dataDirArgument({ layout, user }: Place): string {
  return throughCwd(user) ? '/proc/self/cwd' : layout.pgdata
}

export function fromPgdata({ layout, user }: Place, name: 'lib' | 'password'): string {
  return throughCwd(user) ? `/proc/self/cwd/../${name}` : layout[name]
}

const throughCwd = (user: ServerUser) => user !== null && process.platform === 'linux'

/** Nothing of Bellwire's environment: PG* variables would change what PostgreSQL does. */
export function spawnOptions(place: Place, { libraryPath }: Pick<Binaries, 'libraryPath'>) {
  return {
    cwd: place.layout.pgdata,
    env: {
      PATH: '/usr/bin:/bin',
      TZ: 'UTC',
      LC_ALL: 'C',
      ...(libraryPath === undefined ? {} : { LD_LIBRARY_PATH: libraryPath }),
    },
    windowsHide: true,
    ...place.user,
  } satisfies SpawnOptions
}

export type Ran = { code: number | null; output: string }

/** Runs one of PostgreSQL's programs to its end; rejects when it can't even be started. */
export function run(place: Place, binaries: Binaries, program: string, args: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>()
  // Pipes, unlike for the server: initdb must not outlive a Bellwire killed in its first start.
  const child = spawn(join(binaries.bin, program), args, {
    ...spawnOptions(place, binaries),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  child.once('error', reject)
  child.once('close', (code) => resolve({ code, output: output.trim() }))
  return promise
}

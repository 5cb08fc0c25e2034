import { readFile, readlink, realpath, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Address } from './address.ts'
import { codeOf } from './embedded-error.ts'
import type { Layout } from './layout.ts'

/** What the server wrote into postmaster.pid. The file outlives a crash: it proves nothing. */
export type Postmaster = { pid: number; address: Address | null }

export async function readPostmaster({ pgdata }: Layout): Promise<Postmaster | null> {
  const text = await readFile(join(pgdata, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  })
  const [pid = '', , , port = '', socketFolder = '', host = ''] = text.split('\n')
  if (!(Number(pid) > 0)) return null
  const folder = socketFolder === '' ? host.trim() : resolve(pgdata, socketFolder)
  const address = Number(port) > 0 && folder !== '' ? { host: folder, port: Number(port) } : null
  return { pid: Number(pid), address }
}

/** Is it the server of this very data directory, and not a stranger who was given its old pid? */
export async function isServing(pid: number, { pgdata }: Layout): Promise<boolean> {
  if (!(await isRunning(pid))) return false
  if (process.platform !== 'linux') return true
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(pgdata))
  } catch {
    // Root in a container mostly lacks CAP_SYS_PTRACE and may not look: then the name must do.
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    return name.trim() === 'postgres'
  }
}

export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
  if (process.platform !== 'linux') return true
  // An adopted server ends as a zombie where pid 1 is no init, as in most containers.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const state = stat.slice(stat.lastIndexOf(')') + 2)[0]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

/**
 * PostgreSQL refuses to start while the pid in its lock files can be signalled, and that says little:
 * after `docker restart` it may be a thread of ours, and where pid 1 is no init the dead server
 * stays a zombie for ever. The lock by shared memory, which guards against backends that outlived
 * their server, is found by the folder's inode and doesn't need the files.
 */
export async function removeStaleLocks(layout: Layout, { pid, address }: Postmaster) {
  if (process.platform !== 'linux' || (await isServing(pid, layout))) return
  await rm(join(layout.pgdata, 'postmaster.pid'), { force: true })
  if (address === null) return
  await rm(join(address.host, `.s.PGSQL.${address.port}.lock`), { force: true })
}

/** SIGINT is "fast": it ends sessions and writes a checkpoint. SIGTERM would wait for clients. */
export async function stopPostmaster(pid: number, stopFast: () => Promise<void> | void) {
  await stopFast()
  if (await isGone(pid, 20_000)) return 'stopped'
  try {
    process.kill(pid, 'SIGQUIT') // at once; the next start recovers, as after a crash
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
  return (await isGone(pid, 10_000)) ? 'quit' : 'stuck'
}

async function isGone(pid: number, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs
  while (await isRunning(pid)) {
    if (Date.now() > end) return false
    await sleep(10)
  }
  return true
}

// Bellwire as its users start it: a process of its own, by the file that npm links. Whatever a test
// file starts here is ended by its pid when the file ends, also when a test fails.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { closedPort, isClosed } from './receiver.ts'
import { until } from './until.ts'

const BIN = fileURLToPath(new URL('../bin/bellwire.js', import.meta.url))

export type Env = Record<string, string>
export type Exit = { code: number | null; signal: NodeJS.Signals | null }
export type Run = ReturnType<typeof runBellwire>

const children = new Set<ChildProcess>()
const dataDirs: string[] = []

process.on('exit', killAll)
after(async () => {
  killAll()
  for (const dataDir of dataDirs) await removeDataDir(dataDir)
})

function killAll() {
  for (const child of children) child.kill('SIGKILL')
}

/** Nothing of the test's own environment is passed on but where programs and homes are. */
export function runBellwire(args: string[], env: Env = {}, input?: string) {
  const { PATH = '', HOME = '/' } = process.env
  const child = spawn(process.execPath, [BIN, ...args], { env: { PATH, HOME, ...env } })
  children.add(child)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => {}) // it need not read what we give
  child.stdin.end(input)
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      children.delete(child)
      resolve({ code, signal })
    })
  })
  const end = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    pid: child.pid!,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    isRunning: () => children.has(child),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    end,
  }
}

/** Runs a command to its end. */
export async function bellwire(args: string[], env: Env = {}, input?: string) {
  const run = runBellwire(args, env, input)
  const { code } = await run.exited
  return { code, stdout: run.stdout(), stderr: run.stderr() }
}

export const SERVE_ENV: Env = {
  BELLWIRE_PORT: '0',
  BELLWIRE_MAIN_SECRET: 'the main secret of a test, 32 characters and more',
  BELLWIRE_BOOTSTRAP_API_KEY: 'an-api-key-from-the-first-start',
  BELLWIRE_EGRESS_ALLOW: '127.0.0.0/8',
}

export type Server = Awaited<ReturnType<typeof startServer>>

/** `bellwire serve`, once it says that it is ready; `env` names its database or data directory. */
export async function startServer(env: Env) {
  const run = runBellwire(['serve'], { ...SERVE_ENV, ...env })
  const url = await until(
    'the server tells its URL',
    () => {
      if (!run.isRunning()) throw new Error(`bellwire serve has ended: ${run.stderr()}`)
      return /"event":"server.ready","url":"([^"]+)"/.exec(run.stderr())?.[1]
    },
    { within: 30_000, or: run.stderr },
  )
  await until('the server is ready', () => answers(`${url}/readyz`), { or: run.stderr })
  const token = SERVE_ENV['BELLWIRE_BOOTSTRAP_API_KEY']!
  return { ...run, url, port: new URL(url).port, token }
}

export async function answers(url: string, status = 200): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.status === status,
    () => false,
  )
}

/** For an embedded database, which is stopped with all who use it when the file ends. */
export async function newDataDir(): Promise<string> {
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'bellwire-e2e-')))
  dataDirs.push(dataDir)
  // As root, the database runs as another user, who must be able to pass.
  await chmod(dataDir, 0o711)
  return dataDir
}

async function removeDataDir(dataDir: string) {
  const left = postmasterOf(dataDir)
  try {
    if (left !== null) process.kill(left, 'SIGQUIT')
  } catch {} // ended by itself a moment ago
  await until('PostgreSQL has ended', () => postmasterOf(dataDir) === null, { within: 30_000 })
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 })
}

/** A port where nothing listens, with nothing on the next one either: `dev` takes two. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const port = await closedPort()
    if (await isClosed(port + 1)) return port
  }
}

/** The pid of the PostgreSQL that runs in the data directory, or null. */
export function postmasterOf(dataDir: string): number | null {
  const pgdata = join(dataDir, 'postgres', 'pgdata')
  try {
    const pid = Number(readFileSync(join(pgdata, 'postmaster.pid'), 'utf8').split('\n')[0])
    // The file outlives a crash, and then another process may have the pid.
    return readlinkSync(`/proc/${pid}/cwd`) === pgdata ? pid : null
  } catch {
    return null
  }
}

// A Bellwire of its own for one story: a process on a free port, with its database in a temporary
// folder. From here on everything goes over HTTP.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from '@bellwire/sdk/client'

const BIN = fileURLToPath(new URL('../../server/bin/bellwire.js', import.meta.url))
const START_MS = 60_000

export type Bellwire = {
  url: string
  apiKey: string
  client: Client
  /** What the server wrote, for when something goes wrong. */
  log(): string
  /** Ends the process and its database, and deletes their folder. */
  stop(): Promise<void>
}

export async function startBellwire(): Promise<Bellwire> {
  const folder = await mkdtemp(join(tmpdir(), 'bellwire-example-'))
  // As root, PostgreSQL runs as another user, who must be able to pass.
  await chmod(folder, 0o711)
  const apiKey = `bwk_${randomBytes(24).toString('hex')}`
  const { PATH = '', HOME = '/' } = process.env
  const child = spawn(process.execPath, [BIN, 'serve'], {
    env: {
      PATH,
      HOME,
      BELLWIRE_PORT: '0', // any free one
      BELLWIRE_DATA_DIR: join(folder, 'data'),
      BELLWIRE_MAIN_SECRET: randomBytes(32).toString('base64'),
      BELLWIRE_BOOTSTRAP_API_KEY: apiKey,
      BELLWIRE_EGRESS_ALLOW: '127.0.0.0/8', // the receivers are on this machine
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const url = await readUrl(child, () => log)
    return { url, apiKey, client: createClient({ url, token: apiKey }), log: () => log, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The server says where it listens when it is ready. */
async function readUrl(child: ChildProcess, log: () => string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const look = () => {
    const url = /"event":"server\.ready","url":"([^"]+)"/.exec(log())?.[1]
    if (url !== undefined) resolve(url)
  }
  const fail = () => reject(new Error(`Bellwire did not start.\n${log()}`))
  const timer = setTimeout(fail, START_MS)
  child.stderr!.on('data', look)
  child.once('close', fail)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    child.stderr!.off('data', look)
    child.off('close', fail)
  }
}

// The systems under test. Both are started from outside and driven by the same requests, as a
// user would: what differs is the program and its environment.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endWithUs, findFreePort, stopProcess, waitUntilReady } from './processes.ts'
import type { Watched } from './usage.ts'

export const SYSTEMS = ['forwarder', 'bellwire'] as const
export type SystemName = (typeof SYSTEMS)[number]

export type System = {
  baseUrl: string
  token: string
  applicationId: string
  watched: Watched
  stop(): Promise<void>
}

const COMMANDS: Record<SystemName, string[]> = {
  forwarder: ['bench/forwarder.ts'],
  bellwire: ['server/bin/bellwire.js', 'dev'],
}
const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A fresh system with one application and one endpoint, which is `sinkUrl`. */
export async function startSystem(
  name: SystemName,
  { sinkUrl, signal }: { sinkUrl: string; signal: AbortSignal },
): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'bellwire-bench-'))
  // Started by root, PostgreSQL runs as somebody else, who must be able to get through.
  await chmod(directory, 0o755)
  const dataDirectory = join(directory, 'data')
  const port = await findFreePort()
  const token = randomBytes(20).toString('hex')
  const baseUrl = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, COMMANDS[name], {
    cwd: ROOT,
    // Of its own group: Ctrl-C at a terminal is for us, who then stop it in order.
    detached: true,
    env: environment({ dataDirectory, port, token }),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  endWithUs(child)
  const stop = async () => {
    await stopProcess(child)
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await waitUntilReady(child, { url: `${baseUrl}/readyz`, signal })
    const applicationId = await create(`${baseUrl}/api/v1/app`, { token, body: { name: 'bench' } })
    const endpoints = `${baseUrl}/api/v1/app/${applicationId}/endpoint`
    await create(endpoints, { token, body: { url: sinkUrl } })
    const watched = {
      pid: requirePid(child),
      dataDirectory: name === 'bellwire' ? dataDirectory : null,
    }
    return { baseUrl, token, applicationId, watched, stop }
  } catch (cause) {
    await stop()
    throw new Error(`${name} could not be started: ${String(cause)}`, { cause })
  }
}

// Nothing is inherited that could change what is measured, such as DATABASE_URL.
function environment(given: { dataDirectory: string; port: number; token: string }) {
  const { PATH, HOME, TMPDIR, LANG } = process.env
  return {
    ...{ PATH, HOME, TMPDIR, LANG },
    BELLWIRE_DATA_DIR: given.dataDirectory,
    PORT: String(given.port),
    BELLWIRE_BOOTSTRAP_API_KEY: given.token,
    BELLWIRE_LOG_LEVEL: 'warn',
  }
}

async function create(url: string, { token, body }: { token: string; body: object }) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (answer.status !== 201) throw new Error(`POST ${url} answered ${answer.status}: ${text}`)
  return (JSON.parse(text) as { id: string }).id
}

function requirePid({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('The process has no pid.')
  return pid
}

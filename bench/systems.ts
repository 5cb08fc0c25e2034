// The systems under test. Both are started from outside and driven by the same requests, as a
// user would: what differs is the program and its environment.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endWithUs, findFreePort, stopProcess, waitUntilReady } from './processes.ts'
import type { Variant } from './scenarios.ts'
import { seed } from './seed.ts'
import type { Watched } from './usage.ts'

export const SYSTEMS = ['forwarder', 'bellwire'] as const
export type SystemName = (typeof SYSTEMS)[number]

export type System = {
  baseUrl: string
  token: string
  applicationIds: string[]
  fanOut: number
  neighbours: { applicationIds: string[]; perSecond: number } | null
  watched: Watched
  stop(): Promise<void>
}

const COMMANDS: Record<SystemName, string[]> = {
  forwarder: ['bench/forwarder.ts'],
  bellwire: ['server/bin/bellwire.js', 'serve'],
}
const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Applications that are made at once. */
const TOGETHER = 20

type Options = { variant: Variant; sinkUrl: string; signal: AbortSignal }

/** A fresh system with the applications and endpoints of the variant; all endpoints are at `sinkUrl`. */
export async function startSystem(
  name: SystemName,
  { variant, sinkUrl, signal }: Options,
): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'bellwire-bench-'))
  // Started by root, PostgreSQL runs as somebody else, who must be able to get through.
  await chmod(directory, 0o755)
  const dataDirectory = join(directory, 'data')
  const port = await findFreePort()
  const token = randomBytes(20).toString('hex')
  const baseUrl = `http://127.0.0.1:${port}`
  const { processes, fanOut } = variant
  const child = spawn(process.execPath, COMMANDS[name], {
    cwd: ROOT,
    // Of its own group: Ctrl-C at a terminal is for us, who then stop it in order.
    detached: true,
    env: environment({ dataDirectory, port, token, processes }),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  endWithUs(child)
  const stop = async () => {
    await stopProcess(child)
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await waitUntilReady(child, { url: `${baseUrl}/readyz`, signal })
    const make = (urls: string[]) => createApplication(`${baseUrl}/api/v1/app`, { token, urls })
    const urls = Array.from({ length: fanOut }, (_, index) => `${sinkUrl}${index}`)
    const applicationIds = await many(variant.applications, () => make(urls))
    const neighbours = await createNeighbours(variant, { sinkUrl, make })
    if (name === 'bellwire') await seed(dataDirectory, variant)
    const watched = {
      pid: requirePid(child),
      dataDirectory: name === 'bellwire' ? dataDirectory : null,
    }
    return { baseUrl, token, applicationIds, fanOut, neighbours, watched, stop }
  } catch (cause) {
    await stop()
    throw new Error(`${name} could not be started: ${String(cause)}`, { cause })
  }
}

/** One that hangs and one that is dead in turn, so that each kind gets half of the messages. */
async function createNeighbours(
  { neighbours }: Variant,
  { sinkUrl, make }: { sinkUrl: string; make(urls: string[]): Promise<string> },
) {
  if (neighbours === null) return null
  const nobody = `http://127.0.0.1:${await findFreePort()}/`
  const hanging = await many(neighbours.hanging, () => make([`${sinkUrl}hang`]))
  const dead = await many(neighbours.dead, () => make([nobody]))
  const applicationIds = dead.flatMap((id, index) => [hanging[index % hanging.length]!, id])
  return { applicationIds, perSecond: neighbours.perSecond }
}

async function many(count: number, make: () => Promise<string>): Promise<string[]> {
  const made: string[] = []
  const lane = async () => {
    while (made.length < count) {
      const at = made.push('') - 1
      made[at] = await make()
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, lane))
  return made
}

// Nothing is inherited that could change what is measured, such as DATABASE_URL.
function environment(given: {
  dataDirectory: string
  port: number
  token: string
  processes: number
}) {
  const { PATH, HOME, TMPDIR, LANG } = process.env
  return {
    ...{ PATH, HOME, TMPDIR, LANG },
    BELLWIRE_DATA_DIR: given.dataDirectory,
    PORT: String(given.port),
    BELLWIRE_PROCESSES: String(given.processes),
    BELLWIRE_MAIN_SECRET: given.token,
    BELLWIRE_BOOTSTRAP_API_KEY: given.token,
    BELLWIRE_EGRESS_ALLOW: '127.0.0.0/8',
    BELLWIRE_LOG_LEVEL: 'error',
  }
}

type Application = { token: string; urls: string[] }

async function createApplication(url: string, { token, urls }: Application): Promise<string> {
  const id = await create(url, { token, body: { name: 'bench' } })
  for (const endpoint of urls) {
    await create(`${url}/${id}/endpoint`, { token, body: { url: endpoint } })
  }
  return id
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

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listProcesses, listTree, type Process, readPssBytes } from './proc.ts'

/** Adding up the pages of PostgreSQL's processes takes 20 ms: four times a second it took a tenth of a core. */
const SAMPLE_MS = 1_000

/** Node and PostgreSQL apart. */
export type Split = { node: number; postgres: number }
export type Usage = { cpuMs: Split; peakPssBytes: Split & { total: number } }
export type Watched = { pid: number; dataDirectory: string | null }

/** Measures a system under test from now until `stop`; null where there is no /proc. */
export function watchUsage(watched: Watched): { stop(): Usage | null } {
  if (process.platform !== 'linux') return { stop: () => null }
  const { pid, dataDirectory } = watched
  const target = { pid, postmaster: dataDirectory === null ? null : findPostmaster(dataDirectory) }
  const before = readCpu(target)
  const peak = { node: 0, postgres: 0, total: 0 }
  const sample = () => {
    const { node, postgres } = sumPss(target)
    peak.node = Math.max(peak.node, node)
    peak.postgres = Math.max(peak.postgres, postgres)
    peak.total = Math.max(peak.total, node + postgres)
  }
  sample()
  const timer = setInterval(sample, SAMPLE_MS)
  return {
    stop() {
      clearInterval(timer)
      sample()
      const after = readCpu(target)
      const cpuMs = {
        node: after.node - before.node,
        postgres: after.postgres - before.postgres,
      }
      return { cpuMs, peakPssBytes: peak }
    },
  }
}

/** What both have used so far; null where there is no /proc. */
export function readCpuMs({ pid, dataDirectory }: Watched): number | null {
  if (process.platform !== 'linux') return null
  const postmaster = dataDirectory === null ? null : findPostmaster(dataDirectory)
  const { node, postgres } = readCpu({ pid, postmaster })
  return node + postgres
}

type Target = { pid: number; postmaster: number | null }

function readCpu(target: Target): Split {
  return sumSplit(target, ({ cpuMs }) => cpuMs)
}

function sumPss(target: Target): Split {
  return sumSplit(target, ({ pid }) => readPssBytes(pid))
}

function sumSplit({ pid, postmaster }: Target, read: (process: Process) => number): Split {
  const all = listProcesses()
  const postgres = postmaster === null ? [] : listTree(all, postmaster)
  const apart = new Set(postgres.map((process) => process.pid))
  const node = listTree(all, pid).filter((process) => !apart.has(process.pid))
  const sum = (processes: Process[]) => processes.reduce((total, each) => total + read(each), 0)
  return { node: sum(node), postgres: sum(postgres) }
}

/** By its lock file: the postmaster may have been started detached, and then is nobody's child. */
function findPostmaster(dataDirectory: string): number | null {
  const files = readdirSync(dataDirectory, { recursive: true, encoding: 'utf8' })
  const lock = files.find((file) => file.endsWith('postmaster.pid'))
  if (lock === undefined) return null
  return Number(readFileSync(join(dataDirectory, lock), 'utf8').split('\n')[0])
}

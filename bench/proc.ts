// What Linux knows of processes. Elsewhere there is no /proc and every figure is null.
import { readdirSync, readFileSync } from 'node:fs'

// USER_HZ: fixed at 100 on every architecture Node runs on, whatever the kernel's own tick is.
const MS_PER_TICK = 10

export type Process = { pid: number; parent: number; name: string; cpuMs: number }

/** All processes; `cpuMs` includes their ended children, so that no backend takes its time away. */
export function listProcesses(): Process[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => readStat(Number(entry)) ?? [])
}

/** `root` and everything below it. */
export function listTree(processes: Process[], root: number): Process[] {
  const children = processes.filter(({ parent }) => parent === root)
  const self = processes.filter(({ pid }) => pid === root)
  return [...self, ...children.flatMap(({ pid }) => listTree(processes, pid))]
}

/** Memory of a process with shared pages divided among those who share them; 0 once it is gone. */
export function readPssBytes(pid: number): number {
  const rollup = readOrNull(`/proc/${pid}/smaps_rollup`)
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(rollup ?? '')?.[1]
  return Number(kilobytes ?? 0) * 1024
}

function readStat(pid: number): Process | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  // The name stands in brackets and may hold brackets and spaces itself: proc_pid_stat(5).
  const parts = /^\d+ \((.*)\) (.*)$/s.exec(stat ?? '')
  if (parts === null) return null
  const fields = (parts[2] ?? '').split(' ').map(Number)
  // After the name: state ppid … utime(11) stime(12) cutime(13) cstime(14).
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
  return { pid, parent: fields[1] ?? 0, name: parts[1] ?? '', cpuMs: ticks * MS_PER_TICK }
}

// A process may end between being listed and being read.
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

// Processes of our own, each ended by its pid whatever happens to us.
import { type ChildProcess, spawn } from 'node:child_process'

const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

type Options = {
  env?: Record<string, string>
  cwd?: string
  /** At the head of a process group of its own, as a terminal's job. */
  group?: boolean
  ipc?: boolean
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null; at: number }
export type Started = ReturnType<typeof start>

export function start(command: string, args: string[], options: Options = {}) {
  const { PATH = '', HOME = '/' } = process.env
  const child = spawn(command, args, {
    env: { PATH, HOME, ...options.env },
    detached: options.group === true,
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  })
  alive.add(child)
  const text = { out: '', err: '' }
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (text.out += part))
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (text.err += part))
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', () => alive.delete(child))
    child.once('exit', (code, signal) => {
      alive.delete(child)
      resolve({ code, signal, at: performance.now() })
    })
  })
  return {
    child,
    pid: child.pid!,
    out: () => text.out,
    err: () => text.err,
    exited,
    isRunning: () => alive.has(child),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async end() {
      if (!alive.has(child)) return
      child.kill('SIGKILL')
      child.kill('SIGCONT')
      await exited
    },
  }
}

/** Runs a command to its end; throws what it said when it failed. */
export async function run(command: string, args: string[], options: Options = {}) {
  const started = start(command, args, options)
  const { code } = await started.exited
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${started.err()}${started.out()}`)
  return started.out()
}

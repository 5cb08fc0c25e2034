// A few threads and a queue before them. Jobs that wait together go to a thread together: crossing over
// costs more than a small script. A batch that does not come back is ended with its thread; what it held
// is tried once more, each by itself, so that only the guilty one fails.
import { Worker } from 'node:worker_threads'
import { AppError } from '../domain/errors.ts'
import { watchThread } from '../thread-time.ts'
import type { Ran, Script } from './sandbox.ts'
import { LIMITS } from './sandbox.ts'
import type { Group } from './thread.ts'

type Job = { script: Script; input: string; isAlone: boolean; resolve(ran: Ran): void }
type Thread = { worker: Worker; hasBegun: boolean; current: Job[]; unwatch(): void }

const MAX_BATCH = 50
/** More than a node may have in flight: only simulations ever come to it. */
const MAX_WAITING = 2_000
/** Its own bound cuts a script between two steps; this one is for single steps that take long. A batch takes less. */
const LATE_MS = LIMITS.timeMs * 5
/** A thread that has not begun by then will not. */
const START_MS = 30_000
const MEMORY = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }
/** Beside this file, in the repository and in what is published. */
const SOURCE = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js',
  import.meta.url,
)

export function createThreads({ size }: { size: number }) {
  let waiting: Job[] = []
  const idle: Thread[] = []
  const all = new Set<Thread>()
  let scheduled = false
  let stopped = false

  function start() {
    const worker = new Worker(SOURCE, { resourceLimits: MEMORY })
    // Idle, it never keeps a process up; while work waits for it a timer does.
    worker.unref()
    const timer = setTimeout(() => end(thread, 'its thread did not start'), START_MS)
    const unwatch = () => clearTimeout(timer)
    const thread: Thread = { worker, hasBegun: false, current: [], unwatch }
    all.add(thread)
    worker.on('message', (message: 'ready' | Ran[]) => {
      if (!all.has(thread)) return
      thread.unwatch()
      thread.hasBegun = true
      if (message !== 'ready') finish(thread, message)
      idle.push(thread)
      next()
    })
    worker.on('error', () => end(thread, 'its sandbox broke'))
    worker.on('exit', () => end(thread, 'its thread ended'))
  }

  /** What was not begun waits again, behind the others. */
  function finish(thread: Thread, answers: Ran[]) {
    const jobs = thread.current
    thread.current = []
    for (const [index, job] of jobs.entries()) {
      const ran = answers[index]
      if (ran === undefined) waiting.push(job)
      else job.resolve(ran)
    }
  }

  function end(thread: Thread, why: string) {
    if (!all.delete(thread)) return
    thread.unwatch()
    const at = idle.indexOf(thread)
    if (at >= 0) idle.splice(at, 1)
    // One that cannot begin takes a job with it: starting for ever would help nobody.
    const held = thread.hasBegun ? thread.current : waiting.splice(0, 1)
    thread.current = []
    for (const job of held) {
      const isGuilty = held.length === 1
      if (isGuilty || stopped)
        job.resolve({ failed: `The code could not be run: ${why}`, console: [] })
      else waiting.push({ ...job, isAlone: true })
    }
    void thread.worker.terminate()
    next()
  }

  function next() {
    if (stopped) return
    while (waiting.length > 0 && idle.length > 0) give(idle.pop()!)
    if (all.size < Math.min(size, all.size - idle.length + waiting.length)) start()
  }

  function give(thread: Thread) {
    const count = waiting.findIndex(({ isAlone }) => isAlone)
    const most = count < 0 ? MAX_BATCH : Math.max(1, Math.min(MAX_BATCH, count))
    const jobs = waiting.slice(0, most)
    waiting = waiting.slice(jobs.length)
    thread.current = jobs
    const late = () => end(thread, `it took longer than ${LIMITS.timeMs} ms`)
    thread.unwatch = watchThread(thread.worker, { limitMs: LATE_MS, late })
    thread.worker.postMessage(toGroups(jobs))
  }

  return {
    /** Throws unavailable when too many wait already. */
    run(script: Script, input: string): Promise<Ran> {
      if (stopped || waiting.length >= MAX_WAITING) {
        throw new AppError('unavailable', 'Too much code is being run: try again shortly', {
          retryAfterSeconds: 1,
        })
      }
      return new Promise((resolve) => {
        waiting.push({ script, input, isAlone: false, resolve })
        if (scheduled) return
        scheduled = true
        // At the end of the turn, so that what is sent together is run together.
        setImmediate(() => {
          scheduled = false
          next()
        })
      })
    },
    async stop() {
      stopped = true
      const failed = 'The code could not be run: the server is stopping'
      for (const job of waiting.splice(0)) job.resolve({ failed, console: [] })
      await Promise.all([...all].map(({ worker }) => worker.terminate()))
    },
  }
}

function toGroups(jobs: Job[]): Group[] {
  const groups: Group[] = []
  for (const { script, input } of jobs) {
    const last = groups.at(-1)
    if (last?.script.key === script.key) last.inputs.push(input)
    else groups.push({ script, inputs: [input] })
  }
  return groups
}

// A few threads and a queue before them. A job that takes more of a core than its limit is ended with its
// thread, and another thread takes the place. The event loop only passes text back and forth.
import { Worker } from 'node:worker_threads'
import { AppError } from '../domain/errors.ts'
import { watchThread } from '../thread-time.ts'
import type { Job, JobResults } from './jobs.ts'

export type Done<Result> = { result: Result } | { failed: string }

type Waiting = { job: Job; limitMs: number; resolve(done: Done<never>): void }
type Thread = {
  worker: Worker
  hasBegun: boolean
  current: Waiting | null
  unwatch(): void
}

/** Long enough for a burst; what comes then is told to come again. */
const MAX_WAITING = 500
/** A thread that has not begun by then will not. */
const START_MS = 30_000
const MEMORY = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }
/** Beside this file, in the repository and in what is published. */
const SOURCE = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js',
  import.meta.url,
)

export function createThreads({ size }: { size: number }) {
  const waiting: Waiting[] = []
  const idle: Thread[] = []
  const all = new Set<Thread>()
  let stopped = false

  function start() {
    const worker = new Worker(SOURCE, { resourceLimits: MEMORY })
    // Idle, it never keeps a process up; while work waits for it a timer does.
    worker.unref()
    const timer = setTimeout(() => end(thread, 'it did not start'), START_MS)
    const unwatch = () => clearTimeout(timer)
    const thread: Thread = { worker, hasBegun: false, current: null, unwatch }
    all.add(thread)
    worker.on('message', (message: 'ready' | Done<never>) => {
      if (!all.has(thread)) return
      thread.unwatch()
      thread.hasBegun = true
      if (message !== 'ready') finish(thread, message)
      idle.push(thread)
      next()
    })
    worker.on('error', (error) => end(thread, error.message))
    worker.on('exit', () => end(thread, 'its thread ended'))
  }

  function finish(thread: Thread, done: Done<never>) {
    const { current } = thread
    thread.current = null
    current?.resolve(done)
  }

  function end(thread: Thread, why: string) {
    if (!all.delete(thread)) return
    thread.unwatch()
    const at = idle.indexOf(thread)
    if (at >= 0) idle.splice(at, 1)
    // One that cannot begin takes a job with it: starting for ever would help nobody.
    if (!thread.hasBegun) thread.current = waiting.shift() ?? null
    finish(thread, { failed: why })
    void thread.worker.terminate()
    next()
  }

  function next() {
    while (waiting.length > 0 && idle.length > 0) give(idle.pop()!, waiting.shift()!)
    if (!stopped && all.size < Math.min(size, all.size - idle.length + waiting.length)) start()
  }

  function give(thread: Thread, wanted: Waiting) {
    const { limitMs } = wanted
    thread.current = wanted
    const late = () => end(thread, `it took longer than ${limitMs} ms`)
    thread.unwatch = watchThread(thread.worker, { limitMs, late })
    thread.worker.postMessage(wanted.job)
  }

  return {
    /** What the job came to. Throws unavailable when too many wait already. */
    run<Kind extends Job['kind']>(
      job: Job & { kind: Kind },
      { limitMs }: { limitMs: number },
    ): Promise<Done<JobResults[Kind]>> {
      if (stopped || waiting.length >= MAX_WAITING) {
        throw new AppError('unavailable', 'Too many schemas are being checked: try again shortly', {
          retryAfterSeconds: 1,
        })
      }
      return new Promise((resolve) => {
        waiting.push({ job, limitMs, resolve })
        next()
      })
    },
    async stop() {
      stopped = true
      for (const wanted of waiting.splice(0)) wanted.resolve({ failed: 'the server is stopping' })
      const ended = [...all].map(({ worker }) => worker.terminate())
      await Promise.all(ended)
    },
  }
}

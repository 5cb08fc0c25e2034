// Several processes on this machine: the first one starts the database and listens for all, the others
// are nodes like any other. One that dies is started again; what it held is freed by its neighbours.
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../store/connect.ts'
import type { Telemetry } from '../telemetry.ts'
import { sumOverProcesses } from './process-metrics.ts'

const RESTART_MS = 1_000

type FromPrimary = { connection: Connection }
type FromWorker = { ready: string }

type Options = { count: number; connection: Connection; telemetry: Telemetry }

/** Resolves when all of them serve. */
export async function startProcesses({ count, connection, telemetry }: Options) {
  const metrics = sumOverProcesses()
  let stopping = false

  function fork(): Promise<string> {
    const worker = cluster.fork()
    worker.send({ connection } satisfies FromPrimary)
    worker.once('exit', (code, signal) => void restart(worker, { code, signal }))
    metrics.add(worker)
    return new Promise((resolve, reject) => {
      worker.on('message', ({ ready }: Partial<FromWorker>) => ready && resolve(ready))
      worker.once('exit', () => reject(new Error('a process ended before it was ready')))
    })
  }

  async function restart(worker: Worker, ended: { code: number | null; signal: string | null }) {
    if (stopping) return
    telemetry.log.error({ event: 'process.ended', pid: worker.process.pid, ...ended })
    await sleep(RESTART_MS)
    if (!stopping) fork().catch((error) => telemetry.trouble('process.start', error))
  }

  async function end(signal: NodeJS.Signals) {
    stopping = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    await Promise.all(
      workers.map((worker) => {
        const exited = worker.isDead() ? null : once(worker, 'exit')
        worker.process.kill(signal)
        return exited
      }),
    )
  }

  try {
    const [url] = await Promise.all(Array.from({ length: count }, fork))
    return { url: url!, stop: () => end('SIGTERM'), abandon: () => end('SIGKILL') }
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
}

/** Whether this process was started by another one, as one of several. */
export const isOneOfSeveral = () => cluster.isWorker

/** In one of several: the database that the first process has opened. */
export async function connectionFromFirst(): Promise<Connection> {
  const [message] = (await once(process, 'message')) as [FromPrimary]
  // The first one is gone without a word: finish in order rather than go on unseen.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  return message.connection
}

export const tellReady = (url: string) => process.send?.({ ready: url } satisfies FromWorker)

/** Nothing more to say to the first process: lets this one end. */
export const leave = () => cluster.worker?.disconnect()

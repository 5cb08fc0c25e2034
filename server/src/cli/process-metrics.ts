// /metrics of several processes: whichever of them is asked, the answer is the sum of all. It asks the
// first process, which asks everyone; that one serves nothing itself and has no figures.
import type { Worker } from 'node:cluster'
import type { Registry } from '@prometheus-io/client'
import { AppError } from '../domain/errors.ts'
import { createSum, type Figures, figuresOf } from '../metrics-sum.ts'

type ToFirst = { metrics: 'ask'; id: number } | { metrics: 'given'; id: number; figures: Figures }
type FromFirst = { metrics: 'give'; id: number } | { metrics: 'sum'; id: number; text: string }

/** Figures from the database may take a second of it. */
const PATIENCE_MS = 2_500
const ANSWER_MS = 4_000

/** In the first process. */
export function sumOverProcesses() {
  const sum = createSum()
  const workers = new Map<number, Worker>()
  const asked = new Map<number, (worker: number, figures: Figures) => void>()
  let count = 0

  async function answer(to: Worker, id: number) {
    const silent = await ask()
    tell(to, { metrics: 'sum', id, text: await sum.text(silent) })
  }

  /** Resolves with those that did not answer in time. */
  function ask(): Promise<Set<number>> {
    const round = ++count
    const silent = new Set(workers.keys())
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        asked.delete(round)
        resolve(silent)
      }
      const timer = setTimeout(end, PATIENCE_MS)
      asked.set(round, (worker, figures) => {
        sum.note(worker, figures)
        silent.delete(worker)
        if (silent.size === 0) end()
      })
      for (const worker of workers.values()) tell(worker, { metrics: 'give', id: round })
    })
  }

  return {
    add(worker: Worker) {
      worker.on('message', (message: ToFirst | { metrics?: undefined }) => {
        if (message.metrics === 'ask') void answer(worker, message.id)
        else if (message.metrics === 'given') asked.get(message.id)?.(worker.id, message.figures)
      })
      worker.once('exit', () => {
        workers.delete(worker.id)
        void sum.ended(worker.id)
      })
      workers.set(worker.id, worker)
    },
  }
}

const tell = (worker: Worker, message: FromFirst) => {
  if (worker.isConnected()) worker.send(message)
}

/** In one of several: the figures of all, in place of its own. */
export function metricsOfAll(registry: Registry) {
  const waiting = new Map<number, (text: string) => void>()
  let count = 0

  process.on('message', (message: FromFirst | { metrics?: undefined }) => {
    if (message.metrics === 'sum') waiting.get(message.id)?.(message.text)
    else if (message.metrics === 'give') void give(message.id)
  })

  async function give(id: number) {
    send({ metrics: 'given', id, figures: await figuresOf(registry) })
  }

  return {
    contentType: registry.contentType,
    metrics(): Promise<string> {
      const id = ++count
      return new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => reject(silentFirst()), ANSWER_MS)
        waiting.set(id, (text) => {
          clearTimeout(timer)
          resolve(text)
        })
        send({ metrics: 'ask', id })
      }).finally(() => waiting.delete(id))
    },
  }
}

const send = (message: ToFirst) => void (process.connected && process.send?.(message))

const silentFirst = () =>
  new AppError('unavailable', 'The first process does not answer', { retryAfterSeconds: 1 })

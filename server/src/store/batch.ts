import { AppError } from '../domain/errors.ts'
import { isTransient } from './errors.ts'

export type Batcher<Item, Result> = {
  /** Resolves with the item's own result once its batch is committed. */
  add(item: Item): Promise<Result>
  /** Items that wait or are on their way. */
  size(): number
  /** Resolves when everything added so far has its result. */
  drained(): Promise<void>
}

type Options<Item, Result> = {
  /** Commits a batch in one statement; its results come in the order of the items. */
  run(items: Item[]): Promise<Result[]>
  maxItems: number
  maxBytes: number
  /** Statements under way at once. The next batch fills while they run: load makes batches grow. */
  concurrency: number
  /** More waiting than this, or more bytes than `maxWaitingBytes`, is refused with `unavailable`. */
  maxWaiting: number
  maxWaitingBytes: number
  /** Who has waited this long without a statement being free is refused with `unavailable`. */
  maxWaitMs: number
  bytesOf(item: Item): number
}

type Entry<Item, Result> = {
  item: Item
  bytes: number
  /** When it is refused, on the clock of performance.now(). */
  until: number
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Callers that arrive together share one statement. A lone item goes at once: nothing waits for a
 * timer. A statement that fails for its data is split until the bad item is alone, so that it never
 * takes its neighbours with it; trouble of the database fails the whole batch.
 */
export function createBatcher<Item, Result>(options: Options<Item, Result>): Batcher<Item, Result> {
  let waiting: Entry<Item, Result>[] = []
  let waitingBytes = 0
  let running = 0
  let runningItems = 0
  let scheduled = false
  let idle: (() => void)[] = []
  let watching: NodeJS.Timeout | null = null

  function add(item: Item): Promise<Result> {
    const bytes = options.bytesOf(item)
    const tooMany = waiting.length >= options.maxWaiting
    if (tooMany || (waiting.length > 0 && waitingBytes + bytes > options.maxWaitingBytes)) {
      return Promise.reject(saturated())
    }
    return new Promise((resolve, reject) => {
      const until = performance.now() + options.maxWaitMs
      waiting.push({ item, bytes, until, resolve, reject })
      waitingBytes += bytes
      schedule()
    })
  }

  /** One timer, for the one that has waited longest, and only while a full set of statements runs. */
  function watch() {
    if (watching !== null || waiting.length === 0) return
    watching = setTimeout(
      () => {
        watching = null
        const now = performance.now()
        const late = waiting.findIndex((entry) => entry.until > now)
        const refused = waiting.splice(0, late === -1 ? waiting.length : late)
        for (const { bytes, reject } of refused) {
          waitingBytes -= bytes
          reject(saturated())
        }
        watch()
      },
      Math.max(1, waiting[0]!.until - performance.now()),
    ).unref()
  }

  // At the end of the turn, so that requests which were read from the sockets together go together.
  function schedule() {
    if (running >= options.concurrency) watch()
    if (scheduled || running >= options.concurrency || waiting.length === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (running < options.concurrency && waiting.length > 0) void flush(take())
    })
  }

  function take(): Entry<Item, Result>[] {
    let count = 0
    let bytes = 0
    for (const entry of waiting) {
      if (count > 0 && (count >= options.maxItems || bytes + entry.bytes > options.maxBytes)) break
      count++
      bytes += entry.bytes
    }
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    waitingBytes -= bytes
    return batch
  }

  async function flush(batch: Entry<Item, Result>[]) {
    running++
    runningItems += batch.length
    await commit(batch)
    running--
    runningItems -= batch.length
    if (waiting.length > 0) schedule()
    else if (running === 0) {
      for (const resolve of idle) resolve()
      idle = []
    }
  }

  async function commit(batch: Entry<Item, Result>[]): Promise<void> {
    try {
      const results = await options.run(batch.map((entry) => entry.item))
      for (const [index, entry] of batch.entries()) entry.resolve(results[index]!)
    } catch (error) {
      if (isTransient(error) || batch.length === 1) {
        for (const entry of batch) entry.reject(error)
        return
      }
      const half = Math.ceil(batch.length / 2)
      await commit(batch.slice(0, half))
      await commit(batch.slice(half))
    }
  }

  return {
    add,
    size: () => waiting.length + runningItems,
    drained: () =>
      waiting.length === 0 && running === 0
        ? Promise.resolve()
        : new Promise((resolve) => idle.push(resolve)),
  }
}

const saturated = () =>
  new AppError('unavailable', 'The store is saturated: try again shortly', { retryAfterSeconds: 1 })

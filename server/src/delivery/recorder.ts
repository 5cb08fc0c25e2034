// Collects results and writes them in batches. While the database is away it keeps trying: what
// receivers have answered must not be forgotten. What it holds counts as held by the node, so a
// backlog here stops new work from being taken on.
import { hasCode, isTransient } from '../store/errors.ts'
import type { RunResult } from '../store/statements/record-outcomes.ts'
import type { Telemetry } from '../telemetry.ts'

const MAX_BATCH = 500
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
const UNIQUE_VIOLATION = '23505'

type Options = {
  /** `isRepeated`: a try before this one may have written them all the same. */
  write(results: RunResult[], options: { isRepeated: boolean }): Promise<void>
  /** Called once for each result that is written, or that cannot be written at all. */
  written(result: RunResult): void
  /** A result could not be stored even without its attempt: its lease is still there. */
  unrecordable(): void
  concurrency: number
  telemetry: Telemetry
}

export function createRecorder({ write, written, unrecordable, concurrency, telemetry }: Options) {
  let waiting: RunResult[] = []
  let running = 0
  let scheduled = false
  let idle: (() => void)[] = []

  function add(result: RunResult) {
    waiting.push(result)
    schedule()
  }

  // At the end of the turn, so that answers which were read from the sockets together go together.
  function schedule() {
    if (scheduled || running >= concurrency || waiting.length === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (running < concurrency && waiting.length > 0) void flush()
    })
  }

  async function flush() {
    running++
    const batch = waiting.slice(0, MAX_BATCH)
    waiting = waiting.slice(MAX_BATCH)
    await commit(batch)
    running--
    if (waiting.length > 0) schedule()
    else if (running === 0) {
      for (const resolve of idle) resolve()
      idle = []
    }
  }

  async function commit(batch: RunResult[], { isRepeated = false } = {}): Promise<void> {
    let repeated = isRepeated
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await write(batch, { isRepeated: repeated })
        for (const result of batch) written(result)
        return
      } catch (error) {
        // There was a row already where none can be as far as we know: now it is looked for.
        if (!repeated && hasCode(error, UNIQUE_VIOLATION)) {
          repeated = true
          continue
        }
        telemetry.trouble('outcomes.record', error)
        // Never repeat unchanged a batch that fails for its data: split it until the row is alone.
        repeated = true
        if (!isTransient(error)) return split(batch)
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    }
  }

  async function split(batch: RunResult[]): Promise<void> {
    if (batch.length === 1) {
      await commitStripped(batch[0]!)
      return
    }
    const half = Math.ceil(batch.length / 2)
    await commit(batch.slice(0, half), { isRepeated: true })
    await commit(batch.slice(half), { isRepeated: true })
  }

  /** The state of the delivery matters more than what cannot be stored of its attempt. */
  async function commitStripped(result: RunResult) {
    try {
      await write([{ ...result, attempt: null }], { isRepeated: true })
    } catch (error) {
      telemetry.trouble('outcome.unrecordable', error)
      unrecordable()
    }
    written(result)
  }

  return {
    add,
    drained: () =>
      waiting.length === 0 && running === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => idle.push(resolve)),
  }
}

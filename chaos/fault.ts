// What a fault is to the runner: its id from the catalogue, a name, and work that throws when something
// does not hold. What cannot be produced here throws `Skip` with the reason, and never counts as passed.
import { setTimeout as sleep } from 'node:timers/promises'

export type Run = {
  quick: boolean
  /** Done when the fault is over, the last first, also when it failed. */
  after(work: () => unknown): void
}

export type Fault = {
  id: string
  name: string
  /** Also in a quick run. */
  quick?: boolean
  /** Resolves to the key figures. */
  run(run: Run): Promise<string>
}

export class Skip extends Error {
  override name = 'Skip'
}

/** A row of the catalogue that needs something Bellwire or this machine does not have. */
export const missing = (id: string, name: string, reason: string): Fault => ({
  id,
  name,
  quick: true,
  async run() {
    throw new Skip(reason)
  },
})

export const isRoot = () => process.getuid?.() === 0

type UntilOptions = { within?: number; every?: number; or?: () => unknown }

export async function until<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
  { within = 15_000, every = 25, or = () => '' }: UntilOptions = {},
): Promise<Exclude<Value, false | null | undefined>> {
  const deadline = performance.now() + within
  for (;;) {
    const value = await condition()
    if (value) return value as Exclude<Value, false | null | undefined>
    if (performance.now() > deadline)
      throw new Error(`not within ${within} ms: ${what} ${String(await or())}`)
    await sleep(every)
  }
}

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return Math.round(performance.now() - startedAt)
}

export { sleep }

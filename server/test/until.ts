import { setTimeout as sleep } from 'node:timers/promises'

type Options = { within?: number; every?: number; or?: () => unknown }

/**
 * Waits until `condition` gives something truthy, and gives that. Fails after `within` milliseconds
 * in the words of `what`, with what `or` knows of it. Left out, it only tells what hangs from what is
 * slow: other test files may have the machine.
 */
export async function until<Value>(
  what: string,
  condition: () => Value | Promise<Value>,
  { within = 30_000, every = 15, or = () => '' }: Options = {},
): Promise<Exclude<Value, false | 0 | '' | null | undefined>> {
  const deadline = performance.now() + within
  for (;;) {
    const value = await condition()
    if (value) return value as Exclude<Value, false | 0 | '' | null | undefined>
    if (performance.now() > deadline) {
      const known = or()
      const more = typeof known === 'string' ? known : JSON.stringify(known)
      throw new Error(`not within ${within} ms: ${what}. ${more}`)
    }
    await sleep(every)
  }
}

/** That something does not happen can only be seen by watching for a while. */
export async function never(
  what: string,
  condition: () => boolean | Promise<boolean>,
  forMs: number,
): Promise<void> {
  const end = performance.now() + forMs
  while (performance.now() < end) {
    if (await condition()) throw new Error(`must not be: ${what}`)
    await sleep(20)
  }
}

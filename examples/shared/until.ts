import { setTimeout as sleep } from 'node:timers/promises'

const WITHIN_MS = 30_000

/** Waits until there is something, and gives it. Fails in the words of `what`. */
export async function until<Value>(
  what: string,
  look: () => Value | Promise<Value>,
): Promise<Exclude<Value, false | null | undefined>> {
  const deadline = performance.now() + WITHIN_MS
  while (true) {
    const value = await look()
    if (value) return value as Exclude<Value, false | null | undefined>
    if (performance.now() > deadline) throw new Error(`Not within ${WITHIN_MS / 1000} s: ${what}`)
    await sleep(20)
  }
}

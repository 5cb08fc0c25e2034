// Frames of server-sent events.
import { setTimeout as sleep } from 'node:timers/promises'

/** A comment this often keeps proxies awake. */
const QUIET_MS = 15_000
const LOOK_EVERY_MS = 200

export const RETRY = 'retry: 2000\n\n'

export const frame = (id: string | number, event: string, data: object) =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/** What `look` finds, at once while there is more, until it is over. */
export async function* lookingOn(
  look: () => AsyncIterable<string>,
  isOver: () => boolean,
  pause: (ms: number) => Promise<unknown> = sleep,
): AsyncGenerator<string> {
  let toldAt = performance.now()
  while (!isOver()) {
    let isQuiet = true
    for await (const found of look()) {
      isQuiet = false
      yield found
      toldAt = performance.now()
      if (isOver()) return
    }
    if (!isQuiet) continue
    if (performance.now() - toldAt > QUIET_MS) {
      yield ':\n\n'
      toldAt = performance.now()
    }
    await pause(LOOK_EVERY_MS)
  }
}

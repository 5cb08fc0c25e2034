// The server on this machine: waited for while it starts, and not for every request once it is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange, type Outgoing, type Reply } from './exchange.ts'
import { reasonOf } from './server-client.ts'

const ANSWER_MS = 30_000
const TRY_AGAIN_MS = 200

type Options = { origin: URL; waitSeconds: number; signal: AbortSignal }

/** Gives what it answers, or in a word why it does not. */
export function createLocalServer({ origin, waitSeconds, signal }: Options) {
  let isDown = false
  return async (outgoing: Outgoing): Promise<Reply | string> => {
    const until = performance.now() + (isDown ? 0 : waitSeconds * 1000)
    for (;;) {
      try {
        const reply = await exchange(outgoing, { origin, timeoutMs: ANSWER_MS })
        isDown = false
        return reply
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        const isRefused = code === 'ECONNREFUSED'
        if (isRefused && performance.now() < until && !signal.aborted) {
          await sleep(TRY_AGAIN_MS)
          continue
        }
        // The next ones are not kept waiting for a server that is not there.
        isDown = isRefused
        return code ?? reasonOf(error)
      }
    }
  }
}

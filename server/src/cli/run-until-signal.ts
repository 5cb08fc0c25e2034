import { setTimeout as sleep } from 'node:timers/promises'

export type Running = {
  /** In order: finishes what is in flight. */
  stop(): Promise<void>
  /** At once: what is in flight is found again by the next start. */
  abandon(): Promise<void>
  /** The first signal has come. */
  stopping(signal: string): void
}

const IMPATIENT_AFTER_MS = 300
const ABANDON_MS = 800

/**
 * Starts, waits for SIGINT or SIGTERM, then stops. A signal that comes while it starts is kept until
 * it can be stopped in order. A second signal gives up what is in flight. Signals within a moment of
 * each other are one: npm passes Ctrl-C on to a process that the terminal has told already.
 */
export async function runUntilSignal(start: () => Promise<Running>): Promise<void> {
  const { promise: signalled, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let firstAt: number | null = null
  let running: Running | null = null

  async function giveUp() {
    await Promise.race([running?.abandon().catch(() => {}), sleep(ABANDON_MS)])
    process.exit(130)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAt === null) {
      firstAt = performance.now()
      resolve(signal)
    } else if (performance.now() - firstAt > IMPATIENT_AFTER_MS) {
      void giveUp()
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  running = await start()
  running.stopping(await signalled)
  await running.stop()
}

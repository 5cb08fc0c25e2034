const IMPATIENT_AFTER_MS = 300

/**
 * Starts, waits for SIGINT or SIGTERM, then stops what `start` returned. A signal that comes while it
 * starts is kept until it can be stopped in order. A second signal ends the process at once: what
 * was in flight is found again by the next start. Signals within a moment of each other are one:
 * npm passes Ctrl-C on to a process that the terminal has told already.
 */
export async function runUntilSignal(start: () => Promise<() => Promise<void>>): Promise<void> {
  const { promise: signalled, resolve } = Promise.withResolvers<void>()
  let firstAt: number | null = null
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAt === null) {
      firstAt = performance.now()
      console.error(`\n${signal}: finishing what is in flight (again to stop at once)`)
      resolve()
    } else if (performance.now() - firstAt > IMPATIENT_AFTER_MS) {
      process.exit(130)
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const stop = await start()
  await signalled
  await stop()
}

const IMPATIENT_AFTER_MS = 300

/**
 * Waits for SIGINT or SIGTERM, then stops in order. A second signal ends the process at once: what
 * was in flight is found again by the next start. Signals within a moment of each other are one:
 * npm passes Ctrl-C on to a process that the terminal has told already.
 */
export async function runUntilSignal(stop: () => Promise<void>): Promise<void> {
  let firstAt: number | null = null
  await new Promise<void>((resolve) => {
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
  })
  await stop()
}

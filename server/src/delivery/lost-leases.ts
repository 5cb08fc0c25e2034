// A statement that leases may commit although its answer never reaches us. What is leased to this
// node in the database but not held here at two looks, a while apart, is such: it becomes free again.
// Two looks, because at one of them a good answer may still be on its way.
import { type RunKey, runName } from '../domain/delivery.ts'
import type { Telemetry } from '../telemetry.ts'

const BETWEEN_LOOKS_MS = 5_000

type Options = {
  list(): Promise<RunKey[]>
  isHeld(run: RunKey): boolean
  release(runs: RunKey[]): Promise<void>
  telemetry: Telemetry
}

export function createLostLeases({ list, isHeld, release, telemetry }: Options) {
  let looking = false
  let seen: Set<string> | null = null

  async function look() {
    const unheld = (await list()).filter((run) => !isHeld(run))
    if (seen === null) {
      seen = new Set(unheld.map(runName))
      return later()
    }
    const lost = unheld.filter((run) => seen!.has(runName(run)))
    if (lost.length > 0) {
      await release(lost)
      telemetry.leasesFreed(0, lost.length)
    }
    looking = false
  }

  // Unref'd: a process that ends frees everything it holds anyway.
  function later() {
    setTimeout(() => {
      look().catch((error) => {
        telemetry.trouble('leases.look', error)
        later()
      })
    }, BETWEEN_LOOKS_MS).unref()
  }

  return {
    /** Something went wrong between a commit and its answer. */
    suspect() {
      seen = null
      if (looking) return
      looking = true
      later()
    },
  }
}

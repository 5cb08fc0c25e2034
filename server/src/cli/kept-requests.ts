// The last requests, by their numbers, for those that are sent again: so many, and no more bytes than
// a developer's machine has to spare.
import type { Arrived } from './local-request.ts'

const MAX_KEPT = 200
const MAX_BYTES = 64 * 1024 * 1024

export function createKeptRequests() {
  const kept = new Map<number, Arrived>()
  let bytes = 0
  return {
    keep(number: number, arrived: Arrived) {
      kept.set(number, arrived)
      bytes += arrived.body.length
      for (const [oldest, { body }] of kept) {
        if (oldest === number || (kept.size <= MAX_KEPT && bytes <= MAX_BYTES)) break
        kept.delete(oldest)
        bytes -= body.length
      }
    },
    /** Null is the last one. */
    find(number: number | null): [number: number, arrived: Arrived] | null {
      const wanted = number ?? [...kept.keys()].at(-1)
      const arrived = wanted === undefined ? undefined : kept.get(wanted)
      return arrived === undefined ? null : [wanted!, arrived]
    },
  }
}

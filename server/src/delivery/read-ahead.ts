// Endpoints of runs that were taken in hand are read before their turn comes: some together, because each
// alone would cost the same queries, and one group after the other, because all at once would hold up
// everybody else's.
import type { EndpointId } from '../domain/ids.ts'

const TOGETHER = 50

export function createReadAhead(load: (id: EndpointId) => Promise<unknown>) {
  const wanted = new Set<EndpointId>()
  let isReading = false

  async function read() {
    while (wanted.size > 0) {
      const some = wanted.values().take(TOGETHER).toArray()
      for (const id of some) wanted.delete(id)
      // Whoever sends to it reads it again, and hears of the error.
      await Promise.allSettled(some.map(load))
    }
    isReading = false
  }

  return (id: EndpointId) => {
    wanted.add(id)
    if (isReading) return
    isReading = true
    // After this turn: a whole claim comes in one.
    setImmediate(() => void read())
  }
}

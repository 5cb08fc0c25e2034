// A stream that answers in a bin's place: as long as it is open it counts as a listener, and senders
// wait for what it says.
import type { Bin } from '../domain/bin.ts'
import { newUuid } from '../domain/ids.ts'
import { endListener, renewListener } from '../store/bin-listeners.ts'
import type { Db } from '../store/connect.ts'

const RENEW_EVERY_MS = 2_000

export type BinListener = ReturnType<typeof createBinListener>

export function createBinListener({ id: binId }: Bin, db: Db) {
  const id = newUuid()
  let renewedAt = Number.NEGATIVE_INFINITY
  let isGone = false
  return {
    /** Called whenever something may happen, it writes every other second. */
    async renew() {
      if (performance.now() - renewedAt < RENEW_EVERY_MS) return
      isGone = !(await renewListener(db, { id, binId }))
      renewedAt = performance.now()
    },
    /** With its bin. */
    isGone: () => isGone,
    end: () => endListener(db, id),
  }
}

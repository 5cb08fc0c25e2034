// What came while a source was paused goes on its way once the source does. Found by looking: a request
// may still be stored as held by a node that has not heard yet.
import type { Db } from '../store/connect.ts'
import { listHeldSources, resumeHeld } from '../store/inbound-requests.ts'
import { inTransaction } from '../store/transaction.ts'
import type { Telemetry } from '../telemetry.ts'

const EVERY_MS = 1_000
const PART = 500

export function createResumer({
  db,
  telemetry,
  wakeEngine,
}: {
  db: Db
  telemetry: Telemetry
  wakeEngine(): void
}) {
  let underway: Promise<void> | null = null
  let stopping = false

  async function run() {
    for (const source of await listHeldSources(db)) {
      for (let routed = PART; routed === PART && !stopping; ) {
        routed = await inTransaction(db, (tx) => resumeHeld(tx, source, PART))
        if (routed > 0) wakeEngine()
      }
    }
  }

  const timer = setInterval(() => {
    underway ??= telemetry.bestEffort('inbound.resume', run).finally(() => {
      underway = null
    })
  }, EVERY_MS)
  timer.unref()
  return {
    async stop() {
      stopping = true
      clearInterval(timer)
      await underway
    },
  }
}

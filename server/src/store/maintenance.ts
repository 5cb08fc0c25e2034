// The life of the data: partitions ahead, expired ones dropped, expired payloads, tokens and
// idempotency keys erased. Every node does it now and then; a lock inside makes it one at a time.
import type { Telemetry } from '../telemetry.ts'
import { deleteEndedListeners } from './app-listeners.ts'
import { deleteExpiredApplicationTokens } from './application-tokens.ts'
import { deleteExpiredBins } from './bins.ts'
import { deleteOldChanges } from './changes.ts'
import type { Store } from './connect.ts'
import { eraseExpiredPayloads } from './expired-payloads.ts'
import { deleteIdleTurns } from './fifo.ts'
import { deleteOldIdempotentRequests } from './idempotent-requests.ts'
import { deleteOldKeys } from './inbound-keys.ts'
import { createPartitions, dropPartitions } from './partitions.ts'
import { deleteIdleRateLimits } from './rate-limits.ts'
import { deleteEndedTasks } from './tasks.ts'

const EVERY_MS = 3600 * 1000
/** An endpoint that leads nowhere any more is a nuisance to who looks at the list. */
const LISTENERS_EVERY_MS = 60 * 1000
const DAY_MS = 24 * 3600 * 1000

export function createMaintenance({
  store,
  retentionDays,
  telemetry,
}: {
  store: Pick<Store, 'pool' | 'db'>
  retentionDays: number
  telemetry: Telemetry
}) {
  let underway: Promise<void> = Promise.resolve()

  async function run() {
    await telemetry.bestEffort('partitions.create', async () =>
      createPartitions(store.pool, await databaseNow()),
    )
    await telemetry.bestEffort('partitions.drop', async () => {
      const dropped = await dropPartitions(store.pool, await endOfRetention())
      if (dropped.length > 0) telemetry.log.info({ event: 'partitions.dropped', dropped })
    })
    await telemetry.bestEffort('tasks.delete', async () =>
      deleteEndedTasks(store.db, await endOfRetention()),
    )
    await telemetry.bestEffort('changes.delete', async () =>
      deleteOldChanges(store.db, await endOfRetention()),
    )
    await telemetry.bestEffort('bins.expire', () => deleteExpiredBins(store.db))
    await telemetry.bestEffort('inbound-keys.expire', () => deleteOldKeys(store.db))
    await telemetry.bestEffort('payloads.expire', () => eraseExpiredPayloads(store.db))
    await telemetry.bestEffort('idempotency.expire', () => deleteOldIdempotentRequests(store.db))
    await telemetry.bestEffort('tokens.expire', () => deleteExpiredApplicationTokens(store.db))
    await telemetry.bestEffort('rates.delete', () => deleteIdleRateLimits(store.db))
    await telemetry.bestEffort('turns.delete', () => deleteIdleTurns(store.db))
  }

  // Never this node's clock: one that is far ahead would drop what is still wanted.
  async function databaseNow(): Promise<Date> {
    const { rows } = await store.pool.query<{ now: Date }>('select now()')
    return rows[0]!.now
  }

  async function endOfRetention(): Promise<Date> {
    return new Date((await databaseNow()).getTime() - retentionDays * DAY_MS)
  }

  const timer = setInterval(() => {
    underway = run()
  }, EVERY_MS)
  timer.unref()
  let ending: Promise<void> = Promise.resolve()
  const listeners = setInterval(() => {
    ending = telemetry.bestEffort('listeners.end', () => deleteEndedListeners(store.db))
  }, LISTENERS_EVERY_MS)
  listeners.unref()
  return {
    async stop() {
      clearInterval(timer)
      clearInterval(listeners)
      await underway
      await ending
    },
  }
}

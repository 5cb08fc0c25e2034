// A request that changes something is one transaction: its effect, what is noted of it, and the answer
// kept for repetitions are all there or none is. What others are told waits for the commit.
import type { Db } from '../store/connect.ts'
import { inTransaction } from '../store/transaction.ts'
import type { ApiDeps } from './deps.ts'

/**
 * Runs `work` with `deps.store.db` as a transaction. Wake-ups and what it hands to `afterCommit` happen
 * when that is committed, in order; none of it when `work` throws.
 */
export async function inWrite<Result>(
  deps: ApiDeps,
  work: (deps: ApiDeps) => Promise<Result>,
): Promise<Result> {
  const effects: ((db: Db) => unknown)[] = []
  const later =
    <Args extends unknown[]>(effect: (...args: Args) => void) =>
    (...args: Args) => {
      effects.push(() => effect(...args))
    }
  const result = await inTransaction(deps.store.db, (tx) =>
    work({
      ...deps,
      store: { ...deps.store, db: tx },
      wakeEngine: later(deps.wakeEngine),
      wakeTasks: later(deps.wakeTasks),
      endpointChanged: later(deps.endpointChanged),
      accessChanged: later(deps.accessChanged),
      challenge: later(deps.challenge),
      settingsChanged: later(deps.settingsChanged),
      captureAnswered: later(deps.captureAnswered),
      afterCommit: (what, effect) => {
        effects.push((db) => deps.telemetry.bestEffort(what, () => effect(db)))
      },
    }),
  )
  for (const effect of effects) await effect(deps.store.db)
  return result
}

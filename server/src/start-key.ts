// The key that a start makes when it is not there yet; noted like one that somebody makes.
import type { EnvironmentId } from './domain/ids.ts'
import { ensureApiKey } from './store/api-keys.ts'
import { type By, recordChange } from './store/changes.ts'
import type { Store } from './store/connect.ts'
import { inTransaction } from './store/transaction.ts'

type Where = { store: Pick<Store, 'db'>; environmentId: EnvironmentId }

export function ensureStartKey(
  { store, environmentId }: Where,
  { name, token }: { name: string; token: string },
): Promise<void> {
  return inTransaction(store.db, async (tx) => {
    const key = await ensureApiKey(tx, environmentId, { name, token })
    if (key === null) return
    const by: By = {
      environmentId,
      actor: { kind: 'command' },
      operation: 'start',
      requestId: null,
    }
    const { id, scope } = key
    await recordChange(tx, by, { target: { kind: 'api-key', id }, after: { name, scope } })
  })
}

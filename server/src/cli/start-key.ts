// The key that a start makes when it is not there yet; noted like one that somebody makes.
import type { App } from '../app.ts'
import { ensureApiKey } from '../store/api-keys.ts'
import { type By, recordChange } from '../store/changes.ts'
import { inTransaction } from '../store/transaction.ts'

type Wanted = { command: 'dev' | 'serve'; name: string; token: string }

export function ensureStartKey(
  { store, environmentId }: Pick<App, 'store' | 'environmentId'>,
  { command, name, token }: Wanted,
): Promise<void> {
  return inTransaction(store.db, async (tx) => {
    const key = await ensureApiKey(tx, environmentId, { name, token })
    if (key === null) return
    const by: By = {
      environmentId,
      actor: { kind: 'command' },
      operation: command,
      requestId: null,
    }
    const { id, scope } = key
    await recordChange(tx, by, { target: { kind: 'api-key', id }, after: { name, scope } })
  })
}

import type { Engine } from './delivery/engine.ts'
import type { Store } from './store/connect.ts'
import { isMigrated } from './store/migrate.ts'

/** Whether everything that accepting and delivering needs is there, part by part. */
export async function readiness(
  store: Store,
  { engine, isDraining }: { engine: Engine | null; isDraining(): boolean },
) {
  const database = await isMigrated(store.pool).then(
    (migrated) => (migrated ? 'ok' : 'has another schema than this version knows'),
    () => 'does not answer',
  )
  const parts = {
    database,
    engine: engine === null || engine.isHeld() ? 'ok' : 'has missed its heartbeats',
    ...(isDraining() && { server: 'is stopping' }),
  }
  return { ready: Object.values(parts).every((part) => part === 'ok'), parts }
}

import { setTimeout as delay } from 'node:timers/promises'
import type { Engine } from './delivery/engine.ts'
import { CLOCK_OFFSET_MS } from './domain/health.ts'
import type { Store } from './store/connect.ts'
import { type DatabaseFacts, readDatabaseFacts } from './store/database-facts.ts'

/** Who asks must not hang on a connection that has gone silent. */
const PATIENCE_MS = 3_000

type Parts = { engine: Engine | null; isDraining(): boolean; isResolverDown(): boolean }

/**
 * Whether everything that accepting and delivering needs is there, part by part. `durability`,
 * `clock` and `egress` are there when they are worth a look; they make nothing unready.
 */
export async function readiness(store: Store, { engine, isDraining, isResolverDown }: Parts) {
  const facts = await factsWithin(store, PATIENCE_MS)
  const parts = {
    database: databaseState(facts),
    engine: engine === null || engine.isHeld() ? 'ok' : 'has missed its heartbeats',
    ...(isDraining() && { server: 'is stopping' }),
  }
  const ready = Object.values(parts).every((part) => part === 'ok')
  return {
    ready,
    parts: {
      ...parts,
      ...notes(facts, engine?.clockOffsetMs() ?? 0),
      ...(isResolverDown() && { egress: 'no name server answers' }),
    },
  }
}

async function factsWithin({ pool }: Store, ms: number): Promise<DatabaseFacts | null> {
  const limit = new AbortController()
  const late = delay(ms, null, { signal: limit.signal }).catch(() => null)
  const facts = await Promise.race([readDatabaseFacts(pool).catch(() => null), late])
  limit.abort()
  return facts
}

function databaseState(facts: DatabaseFacts | null): string {
  if (facts === null) return 'does not answer'
  if (!facts.migrated) return 'has an older schema than this version needs'
  return facts.readOnly ? 'is read-only' : 'ok'
}

function notes(facts: DatabaseFacts | null, clockOffsetMs: number): Record<string, string> {
  return {
    ...(facts !== null && facts.unsafe.length > 0 && { durability: unsafeSettings(facts) }),
    ...(Math.abs(clockOffsetMs) > CLOCK_OFFSET_MS && {
      clock: `is ${Math.round(clockOffsetMs / 1000)} s ahead of the database's`,
    }),
  }
}

export const unsafeSettings = ({ unsafe }: DatabaseFacts) =>
  `${unsafe.join(', ')} off: a crash of the database may lose messages that were acknowledged`

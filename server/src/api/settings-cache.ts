// What every message asks of its environment: known without a query, for a moment.
import type { EnvironmentSettings } from '../domain/environment-settings.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import type { PayloadRule } from '../store/environment-settings.ts'

/** A change through another node counts here within this time; one through this node at once. */
const CACHE_MS = 1_000
const MAX_CACHED = 10_000
/** Schemas are long: as many bytes of them as this, and then all are forgotten. */
const MAX_CACHED_BYTES = 16 * 1024 * 1024

export type Environment = EnvironmentSettings & {
  /** Some event type has a policy of its own. */
  hasOwnPolicies: boolean
}

type Find = {
  environment(id: EnvironmentId): Promise<Environment>
  payloadRule(id: EnvironmentId, eventType: string): Promise<PayloadRule | null>
}

export function createSettingsCache(find: Find) {
  const environments = createCache<Environment>(() => 500)
  const rules = createCache<PayloadRule | null>((rule) => 500 + (rule?.schemas?.length ?? 0))
  return {
    settingsOf: (id: EnvironmentId) => environments.get(id, () => find.environment(id)),
    payloadRuleOf: (id: EnvironmentId, eventType: string) =>
      rules.get(`${id}/${eventType}`, () => find.payloadRule(id, eventType)),
    settingsChanged() {
      environments.clear()
      rules.clear()
    },
  }
}

function createCache<Value>(bytesOf: (value: Value) => number) {
  const cached = new Map<string, { found: Promise<Value>; until: number }>()
  let bytes = 0

  function clear() {
    cached.clear()
    bytes = 0
  }

  return {
    clear,
    get(key: string, find: () => Promise<Value>): Promise<Value> {
      const now = performance.now()
      const entry = cached.get(key)
      if (entry !== undefined && entry.until > now) return entry.found
      if (cached.size >= MAX_CACHED || bytes >= MAX_CACHED_BYTES) clear()
      const found = find()
      const made = { found, until: now + CACHE_MS }
      cached.set(key, made)
      found.then(
        (value) => {
          bytes += bytesOf(value)
        },
        // A lookup that failed must not fail the next caller too.
        () => {
          if (cached.get(key) === made) cached.delete(key)
        },
      )
      return found
    },
  }
}

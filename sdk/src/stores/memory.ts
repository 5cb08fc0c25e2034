import { limitsOf, type Reservation, type Store, type StoreOptions } from '../receiver/store.ts'

type Entry = { owner: string; state: 'held' | 'done' | 'free'; until: number; attempt: number }

export type MemoryStoreOptions = StoreOptions & {
  /** The oldest keys go when there are more. Default 100 000. */
  maxKeys?: number
  clock?: () => Date
}

/**
 * For tests and a single process: keys are gone with it, and a second process does not see them. Use
 * a database where an event must not be handled twice.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { maxKeys = 100_000, clock = () => new Date() } = options
  const limits = limitsOf(options)
  const entries = new Map<string, Entry>()
  const now = () => clock().getTime()

  return {
    ...limits,
    async reserve(key, owner, leaseSeconds): Promise<Reservation> {
      const entry = entries.get(key)
      const isTaken = entry && entry.state !== 'free' && entry.until > now()
      if (isTaken) return entry.state === 'done' ? 'done' : 'in_progress'
      const attempt = (entry?.state === 'done' ? 0 : (entry?.attempt ?? 0)) + 1
      entries.delete(key)
      entries.set(key, { owner, state: 'held', until: now() + leaseSeconds * 1000, attempt })
      forgetOldest(entries, maxKeys)
      return 'fresh'
    },
    async complete(key, owner, keepSeconds) {
      const entry = entries.get(key)
      if (entry?.owner !== owner || entry.state !== 'held') return
      entries.set(key, { ...entry, state: 'done', until: now() + keepSeconds * 1000 })
    },
    async fail(key, owner) {
      const entry = entries.get(key)
      if (entry?.owner !== owner || entry.state !== 'held') return
      entries.set(key, { ...entry, state: 'free' })
    },
    async attempt(key) {
      return entries.get(key)?.attempt ?? 1
    },
  }
}

/** A map keeps the order in which keys were set. */
function forgetOldest(entries: Map<string, Entry>, maxKeys: number) {
  for (const key of entries.keys()) {
    if (entries.size <= maxKeys) return
    entries.delete(key)
  }
}

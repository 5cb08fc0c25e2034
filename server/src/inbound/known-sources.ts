// Sources by their tokens, with everything that judging a request takes. Kept for a second: what
// another node changed counts here that much later, what this one changed at once.
import type { SourceSecretId } from '../domain/ids.ts'
import type { Source } from '../domain/source.ts'
import type { Db } from '../store/connect.ts'
import type { Seal } from '../store/sealed.ts'
import { openSourceSecrets } from '../store/source-secrets.ts'
import { findSourceByToken } from '../store/sources.ts'

const CACHE_MS = 1_000
const MAX_CACHED = 5_000

export type OpenSource = {
  source: Source
  verifyToken: string | null
  secrets: { id: SourceSecretId; value: string; expiresAt: Date | null }[]
}

export function createKnownSources({ db, seal }: { db: Db; seal: Seal }) {
  const cached = new Map<string, { found: Promise<OpenSource | null>; until: number }>()

  async function open(token: string): Promise<OpenSource | null> {
    const known = await findSourceByToken(db, seal, token)
    if (known === null) return null
    return { ...known, secrets: await openSourceSecrets(db, seal, known.source.id) }
  }

  return {
    /** Null for an unknown token and for a disabled source. */
    find(token: string): Promise<OpenSource | null> {
      const now = performance.now()
      const entry = cached.get(token)
      if (entry !== undefined && entry.until > now) return entry.found
      const found = open(token)
      if (cached.size >= MAX_CACHED) cached.clear()
      cached.set(token, { found, until: now + CACHE_MS })
      // A lookup that failed must not fail the next request too.
      found.catch(() => cached.delete(token))
      return found
    },
    /** Something of a source was changed. */
    forget: () => cached.clear(),
  }
}

export type KnownSources = ReturnType<typeof createKnownSources>

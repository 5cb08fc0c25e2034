import type { Bin } from '../domain/bin.ts'
import { invalid } from '../domain/errors.ts'
import { findShared } from '../store/bin-shares.ts'
import { listCaptures } from '../store/captures.ts'
import { showCaptures } from './capture-shape.ts'
import type { ApiDeps } from './deps.ts'
import type { Watch } from './event-streams.ts'
import { getShared, listShared } from './shared-bins.ts'
import { frame, lookingOn, RETRY } from './sse.ts'

/** Bodies are up to 10 MiB, so few are held at once. */
const AT_ONCE = 4
/** Of those without. */
const LIGHT_AT_ONCE = 50

/** Throws 422. */
export function newCaptures(bin: Bin, watch: Watch, deps: ApiDeps): AsyncIterable<string> {
  const { store, clock } = deps
  return following(bin, watch, {
    isOver: () => bin.expiresAt <= clock(),
    async next(after) {
      const filter = { after, before: null, method: null, target: null }
      const wanted = { filter, limit: AT_ONCE, order: 'ascending' } as const
      return showCaptures(bin, await listCaptures(store.db, bin.id, wanted), deps)
    },
  })
}

/** What a link shows, until it is over or revoked. Throws not_found and 422. */
export async function sharedCaptures(
  token: string,
  watch: Watch,
  deps: ApiDeps,
): Promise<AsyncIterable<string>> {
  let isOver = false
  const { bin } = await getShared(token, deps)
  return following(bin, watch, {
    isOver: () => isOver,
    async next(after) {
      const shared = await findShared(deps.store.db, token)
      isOver = shared === null
      const wanted = { after, before: null, limit: LIGHT_AT_ONCE, order: 'ascending' } as const
      return shared === null ? [] : listShared(shared, wanted, deps)
    },
  })
}

type Following = {
  isOver(): boolean
  next(after: number): Promise<{ seq: number }[]>
}

/** By their numbers, which are given out in the order of commits: none is passed over. */
function following(
  { lastSeq }: Bin,
  { after, isOver: isLeft }: Watch,
  { isOver, next }: Following,
): AsyncIterable<string> {
  if (after !== null && !/^\d{1,15}$/.test(after)) {
    throw invalid(['query', 'after'], 'expected the number of a capture')
  }
  let seq = after === null ? lastSeq : Number(after)
  async function* look() {
    for (const shown of await next(seq)) {
      seq = shown.seq
      yield frame(seq, 'capture', shown)
    }
  }
  return (async function* () {
    yield RETRY + frame(seq, 'ready', {})
    yield* lookingOn(look, () => isLeft() || isOver())
    if (isOver()) yield frame(seq, 'closed', {})
  })()
}

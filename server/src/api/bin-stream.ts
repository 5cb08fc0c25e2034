import type { Bin } from '../domain/bin.ts'
import { invalid } from '../domain/errors.ts'
import { findShared } from '../store/bin-shares.ts'
import { listCaptures, seqBefore } from '../store/captures.ts'
import type { Db } from '../store/connect.ts'
import { type BinListener, createBinListener } from './bin-listener.ts'
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
export async function newCaptures(
  bin: Bin,
  watch: Watch,
  deps: ApiDeps,
): Promise<AsyncIterable<string>> {
  const { store, clock, untilCaptured } = deps
  const from = await startOf(bin, watch, store.db)
  const listener = watch.answers ? createBinListener(bin, store.db) : null
  // One with an endpoint ends when nobody listens, and here somebody may.
  const isExpired = () => bin.listensTo === null && bin.expiresAt <= clock()
  return following(from, watch, {
    isOver: () => isExpired() || listener?.isGone() === true,
    async next(after) {
      const filter = { after, before: null, method: null, target: null }
      const wanted = { filter, limit: AT_ONCE, order: 'ascending' } as const
      return showCaptures(bin, await listCaptures(store.db, bin.id, wanted), deps)
    },
    pause: (ms) => untilCaptured(bin.id, ms),
    ...(listener !== null && { listener }),
  })
}

/** What a link shows, until it is over or revoked; nobody answers by one. Throws not_found and 422. */
export async function sharedCaptures(
  token: string,
  watch: Watch,
  deps: ApiDeps,
): Promise<AsyncIterable<string>> {
  let isOver = false
  const { bin } = await getShared(token, deps)
  return following(await startOf(bin, watch, deps.store.db), watch, {
    isOver: () => isOver,
    async next(after) {
      const shared = await findShared(deps.store.db, token)
      isOver = shared === null
      const wanted = { after, before: null, limit: LIGHT_AT_ONCE, order: 'ascending' } as const
      return shared === null ? [] : listShared(shared, wanted, deps)
    },
  })
}

/** The number after which it begins. */
async function startOf({ id, lastSeq }: Bin, { after, since }: Watch, db: Db): Promise<number> {
  if (after !== null && !/^\d{1,15}$/.test(after)) {
    throw invalid(['query', 'after'], 'expected the number of a capture')
  }
  if (after !== null) return Number(after)
  return since === null ? lastSeq : ((await seqBefore(db, id, since)) ?? 0)
}

type Following = {
  isOver(): boolean
  next(after: number): Promise<{ seq: number }[]>
  pause?(ms: number): Promise<unknown>
  listener?: BinListener
}

/** By their numbers, which are given out in the order of commits: none is passed over. */
async function* following(
  from: number,
  { isOver: isLeft }: Watch,
  { isOver, next, pause, listener }: Following,
): AsyncGenerator<string> {
  let seq = from
  async function* look() {
    await listener?.renew()
    for (const shown of await next(seq)) {
      seq = shown.seq
      yield frame(seq, 'capture', shown)
      await listener?.renew()
    }
  }
  try {
    // From here on senders wait, so that none is missed that comes after `ready`.
    await listener?.renew()
    yield RETRY + frame(seq, 'ready', {})
    yield* lookingOn(look, () => isLeft() || isOver(), pause)
    if (isOver()) yield frame(seq, 'closed', {})
  } finally {
    await listener?.end()
  }
}

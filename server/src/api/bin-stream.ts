import type { Bin } from '../domain/bin.ts'
import { invalid } from '../domain/errors.ts'
import { newUuid } from '../domain/ids.ts'
import { endListener, renewListener } from '../store/bin-listeners.ts'
import { listCaptures, seqBefore } from '../store/captures.ts'
import { toCaptureOut } from './captures.ts'
import type { ApiDeps } from './deps.ts'
import type { Watch } from './event-streams.ts'
import { frame, lookingOn, RETRY } from './sse.ts'

/** Bodies are up to 10 MiB, so few are held at once. */
const AT_ONCE = 4
const RENEW_EVERY_MS = 2_000

type Deps = Pick<ApiDeps, 'store' | 'clock' | 'untilCaptured'>

/**
 * By their numbers, which are given out in the order of commits: none is passed over. Who `answers`
 * counts as a listener as long as the stream is open, and senders wait for what it says. Throws 422.
 */
export async function newCaptures(
  bin: Bin,
  { after, since, answers, isOver }: Watch,
  { store, clock, untilCaptured }: Deps,
): Promise<AsyncIterable<string>> {
  if (after !== null && !/^\d{1,15}$/.test(after)) {
    throw invalid(['query', 'after'], 'expected the number of a capture')
  }
  let seq = bin.lastSeq
  if (after !== null) seq = Number(after)
  else if (since !== null) seq = (await seqBefore(store.db, bin.id, since)) ?? 0
  const id = newUuid()
  let renewedAt = Number.NEGATIVE_INFINITY
  let isGone = false
  async function renew() {
    if (!answers || performance.now() - renewedAt < RENEW_EVERY_MS) return
    isGone = !(await renewListener(store.db, { id, binId: bin.id }))
    renewedAt = performance.now()
  }
  const all = { before: null, method: null, target: null }
  async function* look() {
    await renew()
    const filter = { ...all, after: seq }
    const wanted = { filter, limit: AT_ONCE, order: 'ascending' } as const
    for (const capture of await listCaptures(store.db, bin.id, wanted)) {
      seq = capture.seq
      yield frame(seq, 'capture', toCaptureOut(capture))
      await renew()
    }
  }
  // One with an endpoint ends when nobody listens, and here somebody does.
  const isClosed = () => isGone || (bin.listensTo === null && bin.expiresAt <= clock())
  return (async function* () {
    try {
      // From here on senders wait, so that none is missed that comes after `ready`.
      await renew()
      yield RETRY + frame(seq, 'ready', {})
      yield* lookingOn(
        look,
        () => isOver() || isClosed(),
        (ms) => untilCaptured(bin.id, ms),
      )
      if (isClosed()) yield frame(seq, 'closed', {})
    } finally {
      if (answers) await endListener(store.db, id)
    }
  })()
}

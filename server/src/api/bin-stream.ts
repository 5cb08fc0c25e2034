import type { Bin } from '../domain/bin.ts'
import { invalid } from '../domain/errors.ts'
import { listCaptures } from '../store/captures.ts'
import { toCaptureOut } from './captures.ts'
import type { ApiDeps } from './deps.ts'
import type { Watch } from './event-streams.ts'
import { frame, lookingOn, RETRY } from './sse.ts'

/** Bodies are up to 10 MiB, so few are held at once. */
const AT_ONCE = 4

/** By their numbers, which are given out in the order of commits: none is passed over. Throws 422. */
export function newCaptures(
  bin: Bin,
  { after, isOver }: Watch,
  { store, clock }: Pick<ApiDeps, 'store' | 'clock'>,
): AsyncIterable<string> {
  if (after !== null && !/^\d{1,15}$/.test(after)) {
    throw invalid(['query', 'after'], 'expected the number of a capture')
  }
  let seq = after === null ? bin.lastSeq : Number(after)
  const all = { before: null, method: null, target: null }
  async function* look() {
    const filter = { ...all, after: seq }
    const wanted = { filter, limit: AT_ONCE, order: 'ascending' } as const
    for (const capture of await listCaptures(store.db, bin.id, wanted)) {
      seq = capture.seq
      yield frame(seq, 'capture', toCaptureOut(capture))
    }
  }
  return (async function* () {
    yield RETRY + frame(seq, 'ready', {})
    yield* lookingOn(look, () => isOver() || bin.expiresAt <= clock())
    if (bin.expiresAt <= clock()) yield frame(seq, 'closed', {})
  })()
}

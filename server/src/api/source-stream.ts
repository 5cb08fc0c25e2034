import { invalid } from '../domain/errors.ts'
import { type InboundRequestId, lowestUuid, parseId, timeOf, toId } from '../domain/ids.ts'
import type { Source } from '../domain/source.ts'
import { getInboundRequest } from '../store/inbound-requests.ts'
import { listNewInboundRequests } from '../store/new-inbound-requests.ts'
import type { ApiDeps } from './deps.ts'
import type { Watch } from './event-streams.ts'
import { wholeRequest } from './source-requests.ts'
import { frame, lookingOn, RETRY } from './sse.ts'

const AT_ONCE = 4
/** No commit comes later than this after its id was made. */
const OVERLAP_MS = 5_000

/**
 * What is accepted. After a cut the last seconds are told again, so that none is passed over: the ids
 * are the same. Throws 422.
 */
export function newRequests(
  source: Source,
  { after, since, events, isOver }: Watch,
  { store, clock }: Pick<ApiDeps, 'store' | 'clock'>,
): AsyncIterable<string> {
  const from = since ?? clock()
  const last =
    after === null ? toId('inboundRequest', lowestUuid(from)) : parseId('inboundRequest', after)
  if (last === null) throw invalid(['query', 'after'], 'expected the id of a request')
  const start = after === null ? from : before(timeOf(last))
  let newest = last
  let seen: InboundRequestId[] = []
  async function* look() {
    const since = new Date(Math.max(start.getTime(), before(timeOf(newest)).getTime()))
    seen = seen.filter((id) => timeOf(id) >= since)
    const wanted = { since, seen, eventTypes: events, limit: AT_ONCE }
    for (const id of await listNewInboundRequests(store.db, source.id, wanted)) {
      seen.push(id)
      if (id > newest) newest = id
      const whole = await getInboundRequest(store.db, source.id, id)
      yield frame(newest, 'request', wholeRequest(whole))
    }
  }
  return (async function* () {
    yield RETRY + frame(last, 'ready', {})
    yield* lookingOn(look, isOver)
  })()
}

const before = (time: Date) => new Date(time.getTime() - OVERLAP_MS)

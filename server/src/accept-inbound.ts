// Where a webhook comes in: as accept.ts, with the request and its dedupe key in the same commit.
import { handOver, withLease } from './accept.ts'
import { createAcceptSpans } from './accept-spans.ts'
import type { Engine } from './delivery/engine.ts'
import { createBatcher } from './store/batch.ts'
import type { Store } from './store/connect.ts'
import {
  acceptInbound,
  type InboundAccepted,
  type NewInbound,
} from './store/statements/accept-inbound.ts'
import type { Telemetry } from './telemetry.ts'
import type { Tracing } from './tracing.ts'

type Options = {
  store: Pick<Store, 'hot'>
  engine: Engine | null
  announceDue(): void
  telemetry: Telemetry
  tracing: Tracing | null
}

export function createInboundAccept({ store, engine, announceDue, telemetry, tracing }: Options) {
  const spans = tracing && createAcceptSpans<NewInbound>((inbound) => begin(inbound, tracing))
  const batcher = createBatcher<NewInbound, InboundAccepted>({
    run: (requests) =>
      withLease(engine, async (lease) => {
        spans?.taken(requests)
        const results = await acceptInbound(store.hot, requests, lease)
        const { metrics } = telemetry
        metrics.batch('accept_inbound', results.length)
        const born = results.flatMap((result) =>
          result.result === 'accepted' ? result.messages : [],
        )
        if (born.length > 0) metrics.messages('accepted', born.length)
        const bornFree = handOver(
          engine,
          lease.nodeId,
          born.map(({ message }) => message),
          born.map(({ accepted }) => accepted),
        )
        if (bornFree) announceDue()
        return results
      }),
    maxItems: 200,
    maxBytes: 8 * 1024 * 1024,
    concurrency: 2,
    maxWaiting: 5_000,
    maxWaitingBytes: 64 * 1024 * 1024,
    maxWaitMs: 1_500,
    bytesOf: ({ request }) => request.body.length + 2_000,
  })
  if (spans === null) return batcher
  return { ...batcher, add: (inbound: NewInbound) => spans.around(inbound, batcher.add) }
}

function begin(inbound: NewInbound, tracing: Tracing) {
  const [first] = inbound.events
  const span = tracing.accepting({
    ids: inbound.events.map(({ message }) => message.id),
    eventType: first!.eventType,
    bytes: inbound.request.body.length,
    headers: first!.message.headers,
  })
  const events = inbound.events.map((event) => {
    const { message } = event
    return { ...event, message: { ...message, headers: span.withContext(message.headers) } }
  })
  return { item: { ...inbound, events }, span }
}

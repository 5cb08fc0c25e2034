// Where a webhook comes in: as accept.ts, with the request and its dedupe key in the same commit.
import { handOver, withLease } from './accept.ts'
import type { Engine } from './delivery/engine.ts'
import { createBatcher } from './store/batch.ts'
import type { Store } from './store/connect.ts'
import {
  acceptInbound,
  type InboundAccepted,
  type NewInbound,
} from './store/statements/accept-inbound.ts'
import type { Telemetry } from './telemetry.ts'

type Options = {
  store: Pick<Store, 'hot'>
  engine: Engine | null
  announceDue(): void
  telemetry: Telemetry
}

export function createInboundAccept({ store, engine, announceDue, telemetry }: Options) {
  return createBatcher<NewInbound, InboundAccepted>({
    run: (requests) =>
      withLease(engine, async (lease) => {
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
}

// Where a message comes in: joins the batcher, the statement and the engine for app.ts. Requests that
// arrive together are committed together, and what this node may send goes to its engine at once.
import { createAcceptSpans } from './accept-spans.ts'
import type { LeasedRun } from './delivery/deliver.ts'
import type { Engine } from './delivery/engine.ts'
import { createBatcher } from './store/batch.ts'
import type { Store } from './store/connect.ts'
import {
  type Accepted,
  acceptMessages,
  type Lease,
  type NewMessage,
} from './store/statements/accept-messages.ts'
import type { Telemetry } from './telemetry.ts'
import type { Tracing } from './tracing.ts'

/** A larger payload is read again when its turn comes, so that few of them cannot fill the node. */
const MAX_HANDED_OVER = 64 * 1024

const NO_LEASE: Lease = { nodeId: '00000000-0000-0000-0000-000000000000', room: 0, full: [] }

type Options = {
  store: Store
  engine: Engine | null
  /** Free deliveries are due that this node has no room for, or no engine at all. */
  announceDue(): void
  telemetry: Telemetry
  tracing: Tracing | null
}

export function createAccept({ store, engine, announceDue, telemetry, tracing }: Options) {
  const spans = tracing && createAcceptSpans<NewMessage>((message) => begin(message, tracing))
  const batcher = createBatcher<NewMessage, Accepted>({
    run: (messages) =>
      withLease(engine, async (lease) => {
        spans?.taken(messages)
        const accepted = await acceptMessages(store.hot, messages, lease)
        count(accepted, telemetry.metrics)
        const born = handOver(engine, lease.nodeId, messages, accepted)
        if (born) announceDue()
        return accepted
      }),
    maxItems: 500,
    maxBytes: 8 * 1024 * 1024,
    concurrency: 2,
    maxWaiting: 10_000,
    maxWaitingBytes: 64 * 1024 * 1024,
    // With the time that a statement may take, nobody waits longer than ten seconds.
    maxWaitMs: 1_500,
    bytesOf: (message) => message.payload.length + 500,
  })
  if (spans === null) return batcher
  return { ...batcher, add: (message: NewMessage) => spans.around(message, batcher.add) }
}

function begin(message: NewMessage, tracing: Tracing) {
  const { id, eventType, payload, headers } = message
  const span = tracing.accepting({ ids: [id], eventType, bytes: payload.length, headers })
  return { item: { ...message, headers: span.withContext(headers) }, span }
}

function count(accepted: Accepted[], metrics: Telemetry['metrics']) {
  metrics.batch('accept', accepted.length)
  for (const [result, of] of Map.groupBy(accepted, ({ result }) => result)) {
    metrics.messages(result, of.length)
  }
}

/** What `work` commits may be leased to this node, as far as it has room. */
export async function withLease<Done>(
  engine: Engine | null,
  work: (lease: Lease) => Promise<Done>,
): Promise<Done> {
  const lease = engine?.offer() ?? NO_LEASE
  try {
    return await work(lease)
  } catch (error) {
    // It may have committed all the same: what was leased to us then is found again.
    engine?.suspectLostLeases()
    throw error
  }
}

/** Whether some were born free. */
export function handOver(
  engine: Engine | null,
  nodeId: string,
  messages: NewMessage[],
  accepted: Accepted[],
): boolean {
  let born = false
  let limited = false
  const leased = messages.flatMap((message, index) => {
    const result = accepted[index]!
    if (result.result !== 'accepted') return []
    const { channels, tags, params = null } = message
    const facts = { channels, tags, params, isAddressed: false }
    return result.deliveries.flatMap((delivery): LeasedRun[] => {
      const { endpointId, revision, leased } = delivery
      if (!leased && message.deliverAt === null) {
        if (delivery.limited) limited = true
        else born = true
      }
      const { eventType, contentType, id: messageId, headers = null } = message
      if (!leased) return []
      const run = { messageId, endpointId, resend: 0 }
      const content = { eventType, contentType, headers, facts, ...handedOver(message.payload) }
      return [{ run, nodeId, attempts: 0, revision, ...content }]
    })
  })
  engine?.handOver(leased)
  if (born) engine?.backlog()
  if (limited) engine?.limitedBorn()
  return born || (limited && engine === null)
}

const handedOver = (payload: Buffer) =>
  payload.length > MAX_HANDED_OVER
    ? ({ payload: 'large', largeBytes: payload.length } as const)
    : { payload }

// Where a message comes in: joins the batcher, the statement and the engine for app.ts. Requests that
// arrive together are committed together, and what this node may send goes to its engine at once.
import type { LeasedRun } from './delivery/deliver.ts'
import type { Engine } from './delivery/engine.ts'
import { createBatcher } from './store/batch.ts'
import type { Store } from './store/connect.ts'
import {
  type Accepted,
  acceptMessages,
  type NewMessage,
} from './store/statements/accept-messages.ts'

/** A larger payload is read again when its turn comes, so that few of them cannot fill the node. */
const MAX_HANDED_OVER = 64 * 1024

const NO_LEASE = { nodeId: '00000000-0000-0000-0000-000000000000', room: 0, full: [] }

export function createAccept(store: Store, engine: Engine | null) {
  return createBatcher<NewMessage, Accepted>({
    async run(messages) {
      const lease = engine?.offer() ?? NO_LEASE
      try {
        const accepted = await acceptMessages(store.hot, messages, lease)
        handOver(engine, lease.nodeId, messages, accepted)
        return accepted
      } catch (error) {
        // It may have committed all the same: what was leased to us then is found again.
        engine?.suspectLostLeases()
        throw error
      }
    },
    maxItems: 500,
    maxBytes: 8 * 1024 * 1024,
    concurrency: 2,
    maxWaiting: 10_000,
    maxWaitingBytes: 64 * 1024 * 1024,
    bytesOf: (message) => message.payload.length + 500,
  })
}

function handOver(
  engine: Engine | null,
  nodeId: string,
  messages: NewMessage[],
  accepted: Accepted[],
) {
  if (engine === null) return
  let born = false
  let limited = false
  const leased = messages.flatMap((message, index) => {
    const result = accepted[index]!
    if (result.result !== 'accepted') return []
    return result.deliveries.flatMap((delivery): LeasedRun[] => {
      const { endpointId, revision, leased } = delivery
      if (delivery.limited) limited = true
      else if (!leased) born = true
      const { eventType, contentType, id: messageId } = message
      const payload = message.payload.length > MAX_HANDED_OVER ? 'large' : message.payload
      const run = { messageId, endpointId, resend: 0 }
      const content = { eventType, contentType, payload } as const
      return leased ? [{ run, nodeId, attempts: 0, revision, ...content }] : []
    })
  })
  engine.handOver(leased)
  if (born) engine.backlog()
  if (limited) engine.limitedBorn()
}

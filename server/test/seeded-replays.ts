// An application with one endpoint and messages whose deliveries ended as a test wants them to.
import { type EndpointId, type MessageId, newId, toUuid } from '../src/domain/ids.ts'
import type { Replay, ReplayParameters } from '../src/domain/task.ts'
import type { Store } from '../src/store/connect.ts'
import { acceptMessages, type NewMessage } from '../src/store/statements/accept-messages.ts'
import { recordOutcomes } from '../src/store/statements/record-outcomes.ts'
import { answered } from './api/seeded-attempts.ts'
import { NODE, newMessage, seedApplication, seedEndpoint } from './seed.ts'

const HOUR_MS = 3600 * 1000

export async function seedReplay(store: Store) {
  const application = await seedApplication(store)
  const endpoint = await seedEndpoint(store, application.id)
  const parameters: ReplayParameters = {
    applicationId: application.id,
    endpointId: endpoint.id,
    since: new Date(Date.now() - HOUR_MS).toISOString(),
    until: new Date(Date.now() + HOUR_MS).toISOString(),
  }

  /** Accepted and in the hands of a node, for every endpoint that matches. */
  async function send(count: number, fields: Partial<NewMessage> = {}): Promise<MessageId[]> {
    const messages = Array.from({ length: count }, () =>
      newMessage(application.environmentId, { id: application.id }, fields),
    )
    await acceptMessages(store.hot, messages, { nodeId: NODE, room: 1e6, full: [] })
    return messages.map(({ id }) => id)
  }

  /** Ends the delivery (or a manual run) of each message by an attempt with this answer. */
  async function end(messages: MessageId[], status: number, resend = 0) {
    await recordOutcomes(
      store.hot,
      messages.map((messageId) => ({
        run: { messageId, endpointId: endpoint.id, resend },
        nodeId: NODE,
        verdict:
          status < 300
            ? { status: 'succeeded', attempts: 1 }
            : { status: 'failed', reason: 'exhausted', attempts: 1 },
        attempt: {
          id: newId('attempt'),
          url: endpoint.url,
          requestHeaders: [],
          outcome: answered(status),
        },
      })),
    )
  }

  const sent = async (status: number, fields: Partial<NewMessage> = {}, count = 1) => {
    const messages = await send(count, fields)
    await end(messages, status)
    return messages
  }

  return {
    application,
    endpoint,
    parameters,
    send,
    end,
    sent,
    replayOf: (kind: 'endpoint.recover' | 'endpoint.replay'): Replay => ({ kind, parameters }),
    manualRuns: () => manualRuns(store, endpoint.id),
  }
}

/** The messages of the manual runs that wait for the endpoint, in the order they were made. */
export async function manualRuns(store: Store, endpointId: EndpointId): Promise<string[]> {
  const { rows } = await store.pool.query<{ message_id: string }>(
    'select message_id from pending_delivery where endpoint_id = $1 and resend > 0 order by resend',
    [toUuid(endpointId)],
  )
  return rows.map((row) => row.message_id)
}

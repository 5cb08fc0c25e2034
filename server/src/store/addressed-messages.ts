import { sql } from 'kysely'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from './connect.ts'

type Addressed = Omit<Message, 'createdAt' | 'eventId' | 'payload'> & {
  payload: Buffer
  retentionHours: number
}

/**
 * Commits a message for one endpoint, whatever that filters on, with its one delivery, which is born
 * free and due. No other endpoint is asked: this is not the way of ordinary messages.
 */
export async function insertAddressedMessage(
  db: Db,
  endpointId: EndpointId,
  message: Addressed,
): Promise<void> {
  const id = toUuid(message.id)
  await sql`
    with stored as (
      insert into message (id, application_id, event_type, event_id, channels, tags, payload,
                           content_type, payload_expires_at, addressed)
      values (${id}, ${toUuid(message.applicationId)}, ${message.eventType}, null,
              ${message.channels}, ${message.tags}, ${message.payload}, ${message.contentType},
              now() + ${message.retentionHours} * interval '1 hour', true)
    )
    insert into pending_delivery (message_id, endpoint_id, due_at)
    values (${id}, ${toUuid(endpointId)}, now())`.execute(db)
}

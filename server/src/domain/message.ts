import type { ApplicationId, MessageId } from './ids.ts'

/** One event of an application; never changed after it is accepted. */
export type Message = {
  id: MessageId
  applicationId: ApplicationId
  eventType: string
  eventId: string | null
  channels: string[] | null
  tags: string[] | null
  /** The exact bytes that were sent in; null once expunged or expired. */
  payload: Buffer | null
  /** Set when the payload is not the JSON text of the API's `payload` field. */
  contentType: string | null
  /** When it is sent, if not at once. */
  deliverAt: Date | null
  /** What its event type's schema finds wrong with the payload, where that is only noted. */
  schemaError: string | null
  createdAt: Date
}

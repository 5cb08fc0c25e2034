// What a request looks like when it is not the message as it came: made by a customer's code or by a
// template.
import type { MessageId } from './ids.ts'

export const METHODS: readonly string[] = ['POST', 'PUT', 'PATCH', 'GET', 'DELETE']

/** What shapes are made from; the same at every attempt. */
export type ShapeInput = {
  messageId: MessageId
  /** When the message was accepted. */
  at: Date
  eventType: string
  url: string
  payload: Buffer
  channels: string[] | null
  /** What the message brings along for code. */
  transformationsParams: object
}

export type Shaped =
  | {
      kind: 'request'
      method: string
      url: string
      headers: Record<string, string>
      /** Null leaves the message's own. */
      contentType: string | null
      /** Null for a request without a body. */
      body: Buffer | null
    }
  | { kind: 'cancelled' }
  | { kind: 'failed'; message: string }

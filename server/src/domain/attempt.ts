import type { AttemptId, EndpointId, MessageId } from './ids.ts'
import type { FailureCode } from './outcome.ts'

/** One HTTP request of a delivery and what came back. */
export type Attempt = {
  id: AttemptId
  messageId: MessageId
  endpointId: EndpointId
  trigger: 'scheduled' | 'manual'
  succeeded: boolean
  url: string
  responseStatus: number | null
  /** The first bytes of the body; null when nothing came back or it was expunged. */
  responseBody: Buffer | null
  expunged: boolean
  failureCode: FailureCode | null
  failureDetail: string | null
  failureMessage: string | null
  durationMs: number
  attemptedAt: Date
}

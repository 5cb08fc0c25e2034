import type { EndpointId, MessageId } from './ids.ts'

/** Why a delivery that did not succeed has ended. */
export type DeliveryReason =
  | 'exhausted'
  | 'endpoint_disabled'
  | 'endpoint_deleted'
  | 'cancelled'
  | 'filtered'
  | 'expired'
  | 'aborted'

/**
 * How a delivery is shown: a pending one waits for its first try, or is on its way. What a transformation
 * cancelled is `dropped`: as its owner wants it, so no failure.
 */
export type DeliveryState = 'waiting' | 'sending' | 'succeeded' | 'failed' | 'cancelled' | 'dropped'

/** A delivery as people see it, whatever its runs. */
export type Delivery = {
  state: DeliveryState
  /** Why it ended without success. */
  reason: DeliveryReason | null
  /** What held it back, when the reason is `filtered`, or cancelled it by itself. */
  rule: string | null
  /** When it was over; null while it is not. */
  finishedAt: Date | null
  /** When the next try is due; null while one is in flight, before the first, and when it is over. */
  nextAttemptAt: Date | null
}

/**
 * Which piece of work: the schedule of a delivery is run 0; each manual resend is a run of its own,
 * with one attempt, beside the schedule.
 */
export type RunKey = { messageId: MessageId; endpointId: EndpointId; resend: number }

/** What is known of a run's message beside its payload. */
export type MessageFacts = {
  channels: string[] | null
  tags: string[] | null
  /** What it brings along for the code that makes its requests. */
  params?: object | null
  /** It is for this endpoint, whatever that filters on. */
  isAddressed: boolean
}

/** One text per run, for sets and maps. */
export const runName = ({ messageId, endpointId, resend }: RunKey) =>
  `${messageId} ${endpointId} ${resend}`

/** What was decided after an attempt of a run (or instead of one, when there was nothing to send). */
export type Verdict =
  | { status: 'retry'; delayMs: number; attempts: number }
  | { status: 'succeeded'; attempts: number }
  /** `rule` says by what it was cancelled, when that was no person and no failure. */
  | { status: 'failed' | 'cancelled'; reason: DeliveryReason; rule?: string; attempts: number }
  /** By the endpoint's filter, before the first attempt. */
  | { status: 'skipped'; reason: 'filtered'; rule: string; attempts: number }

/** The numbers by which statuses are stored; `pending` has rows in a table of its own. */
export const STATUS_NUMBERS = { succeeded: 1, failed: 2, cancelled: 3, skipped: 4 } as const

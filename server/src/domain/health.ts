import type { Answer, Failure } from './outcome.ts'

/** Why an endpoint was switched off. */
export type DisabledReason =
  | 'manual'
  | 'gone'
  | 'receiver'
  | 'failing'
  | 'failures'
  /** Its URL has not answered the challenge yet. */
  | 'unverified'

/**
 * Whether the answer itself says that the endpoint must get nothing more: 410 (RFC 9110 §15.5.11),
 * or the response header `webhook-delivery: disable`.
 */
export function disableReasonOf(answer: Answer | undefined): DisabledReason | null {
  if (answer === undefined) return null
  if (answer.status === 410) return 'gone'
  return deliveryHeaderOf(answer) === 'disable' ? 'receiver' : null
}

/** `webhook-delivery: abort-message` ends the retries of this message only. */
export function isAborted(answer: Answer | undefined): boolean {
  return answer !== undefined && deliveryHeaderOf(answer) === 'abort-message'
}

function deliveryHeaderOf(answer: Answer): string | undefined {
  return answer.headers
    .find(([name]) => name === 'webhook-delivery')?.[1]
    .trim()
    .toLowerCase()
}

/** Our own trouble never counts against an endpoint. */
export function countsAgainstEndpoint(failure: Failure): boolean {
  return failure.code !== 'local_failure'
}

/**
 * An endpoint is switched off when a message exhausts more than `periodSeconds` after the first
 * exhausted one with no success between; after twice the period the first failure is forgotten.
 */
export function healthAfterExhausted(
  firstExhaustedAt: Date | null,
  { now, periodSeconds }: { now: Date; periodSeconds: number },
): { firstExhaustedAt: Date; disable: boolean } {
  if (firstExhaustedAt === null) return { firstExhaustedAt: now, disable: false }
  const failingSeconds = (now.getTime() - firstExhaustedAt.getTime()) / 1000
  if (failingSeconds > 2 * periodSeconds) return { firstExhaustedAt: now, disable: false }
  return { firstExhaustedAt, disable: failingSeconds > periodSeconds }
}

/**
 * So far a machine's clock may be from the database's before somebody is told. Receivers refuse
 * signatures that are five minutes off; which of the two is wrong nobody here can know.
 */
export const CLOCK_OFFSET_MS = 5_000

// A message that is to be sent later: 1 minute to 24 hours ahead.
import { invalid } from '../domain/errors.ts'
import { wasAccepted } from './accept-once.ts'
import type { ApiDeps } from './deps.ts'
import type { Idempotency } from './idempotency.ts'
import { instant } from './instants.ts'
import { onTheWire } from './shapes.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3_600_000
/** A minute from when the client asked is a little less when we read it. */
const TOLERANCE_MS = 5_000

export const deliverAt = () =>
  onTheWire(instant(), {
    type: 'string',
    format: 'date-time',
    description: 'When to send it: 1 minute to 24 hours ahead',
  })

/** Throws 422, unless it is the repetition of a request that was in time. */
export async function assertDeliverAt(
  date: Date | null,
  idempotency: Idempotency | null,
  { store, clock }: Pick<ApiDeps, 'store' | 'clock'>,
): Promise<void> {
  if (date === null) return
  const aheadMs = date.getTime() - clock().getTime()
  if (aheadMs >= MINUTE_MS - TOLERANCE_MS && aheadMs <= DAY_MS + TOLERANCE_MS) return
  if (await wasAccepted(idempotency, { store })) return
  throw invalid(
    ['body', 'deliverAt'],
    `must be 1 minute to 24 hours ahead, got ${date.toISOString()}`,
  )
}

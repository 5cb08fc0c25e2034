// The numbers by which the API shows the state of a delivery.
import { z } from 'zod'
import type { Delivery, DeliveryState } from '../domain/delivery.ts'

/** 4 is newer than some clients, which fail on it: only those that ask for it ever see it. */
const STATUSES = {
  succeeded: 0,
  waiting: 1,
  failed: 2,
  sending: 3,
  cancelled: 4,
  dropped: 4,
} as const
/** What they see instead: only what was dropped on purpose is no failure to them. */
const OLDER = { ...STATUSES, cancelled: STATUSES.failed, dropped: STATUSES.succeeded } as const
const TEXTS = ['success', 'pending', 'fail', 'sending', 'canceled'] as const

type Shown = { expanded: boolean }

export const statusOut = {
  status: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  statusText: z.enum(TEXTS),
  /** Why it ended without success. */
  statusReason: z.string().optional(),
  /** The part of the endpoint's filter that held it back. */
  filteredBy: z.string().optional(),
  /** What called it off by itself: `transformation`, or `template` with its name. */
  cancelledBy: z.string().optional(),
  /** When it was over. */
  finishedAt: z.iso.datetime().nullable(),
  nextAttempt: z.iso.datetime().nullable(),
}

export function toStatusOut(delivery: Delivery, shown: Shown) {
  const { reason, rule, finishedAt, nextAttemptAt } = delivery
  const status = statusOf(delivery.state, shown)
  return {
    status,
    statusText: TEXTS[status],
    ...(reason !== null && { statusReason: reason }),
    ...(rule !== null && { [reason === 'filtered' ? 'filteredBy' : 'cancelledBy']: rule }),
    finishedAt: finishedAt?.toISOString() ?? null,
    nextAttempt: nextAttemptAt?.toISOString() ?? null,
  }
}

/** The states that are shown as this status; null for all of them. */
export function statesShownAs(status: string | undefined, shown: Shown): DeliveryState[] | null {
  if (status === undefined) return null
  const states = Object.keys(STATUSES) as DeliveryState[]
  return states.filter((state) => String(statusOf(state, shown)) === status)
}

const statusOf = (state: DeliveryState, { expanded }: Shown) => (expanded ? STATUSES : OLDER)[state]

// Deliveries in every state that there is, written as the engine would leave them.
import { STATUS_NUMBERS } from '../../src/domain/delivery.ts'
import { toUuid } from '../../src/domain/ids.ts'
import type { Store } from '../../src/store/connect.ts'
import { NODE } from '../seed.ts'

type Run = { resend?: number; attempts?: number; leased?: boolean; dueAt?: Date }
type Finish = { status: keyof typeof STATUS_NUMBERS; reason?: string; rule?: string }
export type Given = { message: string; endpoint: string; runs?: Run[]; finished?: Finish }

/** Replaces what there is of this delivery. */
export async function putDelivery(store: Store, { message, endpoint, runs = [], finished }: Given) {
  const key = {
    message_id: toUuid(message as `msg_${string}`),
    endpoint_id: toUuid(endpoint as `ep_${string}`),
  }
  for (const table of ['pending_delivery', 'finished_delivery'] as const) {
    await store.db
      .deleteFrom(table)
      .where('message_id', '=', key.message_id)
      .where('endpoint_id', '=', key.endpoint_id)
      .execute()
  }
  for (const { resend = 0, attempts = 0, leased = false, dueAt = new Date() } of runs) {
    const leased_by = leased ? NODE : null
    await store.db
      .insertInto('pending_delivery')
      .values({ ...key, resend: String(resend), attempts, due_at: dueAt, leased_by })
      .execute()
  }
  if (finished === undefined) return
  const { status, reason = null, rule = null } = finished
  await store.db
    .insertInto('finished_delivery')
    .values({ ...key, status: STATUS_NUMBERS[status], reason, rule, attempts: 1 })
    .execute()
}

const SOON = new Date('2031-01-02T03:04:05.678Z')

type Shown = {
  /** Status, statusReason and nextAttempt, for clients that know 4. */
  shown: unknown[]
  /** The status for those that do not, where it is another than 2. */
  older?: number
}

/** What the API shows of each. */
export const STATES: Record<string, Omit<Given, 'message' | 'endpoint'> & Shown> = {
  'waits for its first try': { runs: [{}], shown: [1, undefined, null] },
  'is in its first try': { runs: [{ leased: true }], shown: [3, undefined, null] },
  'waits for a retry': {
    runs: [{ attempts: 1, dueAt: SOON }],
    shown: [3, undefined, SOON.toISOString()],
  },
  'is in a retry': { runs: [{ attempts: 1, leased: true }], shown: [3, undefined, null] },
  'waits for a retry, with a resend in flight': {
    runs: [
      { attempts: 1, dueAt: SOON },
      { resend: 7, leased: true },
    ],
    shown: [3, undefined, SOON.toISOString()],
  },
  'was a resend from the start, not yet sent': {
    runs: [{ resend: 8 }],
    shown: [1, undefined, null],
  },
  succeeded: { finished: { status: 'succeeded' }, shown: [0, undefined, null] },
  'succeeded, with a resend under way': {
    runs: [{ resend: 9, leased: true }],
    finished: { status: 'succeeded' },
    shown: [0, undefined, null],
  },
  'is exhausted': {
    finished: { status: 'failed', reason: 'exhausted' },
    shown: [2, 'exhausted', null],
  },
  'is exhausted, with a resend that is due': {
    runs: [{ resend: 10, dueAt: SOON }],
    finished: { status: 'failed', reason: 'exhausted' },
    shown: [3, undefined, SOON.toISOString()],
  },
  'ended with its endpoint': {
    finished: { status: 'cancelled', reason: 'endpoint_deleted' },
    shown: [4, 'endpoint_deleted', null],
  },
  'was cancelled': {
    finished: { status: 'cancelled', reason: 'cancelled' },
    shown: [4, 'cancelled', null],
  },
  'was dropped by its transformation': {
    finished: { status: 'cancelled', reason: 'cancelled', rule: 'the transformation' },
    shown: [4, 'cancelled', null],
    older: 0,
  },
  'was dropped, with a resend that is due': {
    runs: [{ resend: 11, dueAt: SOON }],
    finished: { status: 'cancelled', reason: 'cancelled', rule: 'the transformation' },
    shown: [3, undefined, SOON.toISOString()],
  },
}

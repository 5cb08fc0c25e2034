import { type RawBuilder, sql } from 'kysely'
import { type Delivery, type DeliveryState, STATUS_NUMBERS } from '../domain/delivery.ts'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from './connect.ts'
import { type DeliveryRow, deliveryOf, toDelivery } from './delivery-state.ts'
import { type MessageFilter, ofMessage } from './message-filter.ts'
import { type MessageRow, messageColumns, toMessage } from './messages.ts'
import { type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import { inWindow, windowOf } from './time-window.ts'

export type DeliveryFilter = MessageFilter & { states: DeliveryState[] | null }
export type AttemptedMessage = Message & { delivery: Delivery }

type Listed = { request: PageRequest; filter: DeliveryFilter; now: Date }

/**
 * The messages for an endpoint, each with its delivery, newest first. What is finished and what is
 * pending are each read along their index as far as the page needs, then merged. A message with a
 * finished row is in the first half only, so none appears twice.
 */
export async function listAttemptedMessages(
  db: Db,
  endpointId: EndpointId,
  { request, filter, now }: Listed,
): Promise<Page<AttemptedMessage>> {
  const page = windowOf(request, filter, now)
  const direction = sql.raw(sortDirection(page))
  const { states } = filter
  const half = (
    table: 'finished_delivery' | 'pending_delivery',
    condition: RawBuilder<boolean>,
  ) => sql`(
    select k.message_id, d.state, d.reason, d.next_attempt_at
      from ${sql.table(table)} k
     cross join lateral ${deliveryOf('k.endpoint_id', 'k.message_id')} d
     where k.endpoint_id = ${toUuid(endpointId)}::uuid
       and ${inWindow(page, 'k.message_id')} and ${condition}
       and ${states === null ? sql`true` : sql`d.state = any (${states}::text[])`}
       and ${ofMessage('k.message_id', filter)}
     order by k.message_id ${direction} limit ${page.limit + 1})`
  const { rows } = await sql<MessageRow & DeliveryRow>`
    select ${messageColumns('m')}, k.state, k.reason, k.next_attempt_at
      from (${half('finished_delivery', finishedAs(states))}
            union all ${half('pending_delivery', pendingAs(states))}) k
      join message m on m.id = k.message_id
     order by k.message_id ${direction} limit ${page.limit + 1}`.execute(db)
  return toPage(
    rows.map((row) => ({ ...toMessage(row), delivery: toDelivery(row) })),
    page,
  )
}

/** Finished rows that can be in these states, so that looking for the few does not probe the many. */
function finishedAs(states: DeliveryState[] | null) {
  const { succeeded, failed, cancelled, skipped } = STATUS_NUMBERS
  if (states === null) return sql<boolean>`k.status <> ${skipped}::smallint`
  const within = { succeeded: [succeeded], failed: [failed], cancelled: [cancelled] }
  const statuses = states.flatMap((state) =>
    state === 'waiting' ? [] : state === 'sending' ? [failed, cancelled] : within[state],
  )
  return sql<boolean>`k.status = any (${statuses}::smallint[])`
}

/**
 * Of a message with several runs the first, and none of one with a finished row. Asked of the probe
 * that is made anyway: as `not exists` the planner hashed all of finished_delivery (0.5 s a page).
 */
function pendingAs(states: DeliveryState[] | null) {
  if (states !== null && !states.includes('waiting') && !states.includes('sending')) {
    return sql<boolean>`false`
  }
  return sql<boolean>`not d.finished and k.resend = d.first_resend`
}

import { sql } from 'kysely'
import type { Delivery, DeliveryState } from '../domain/delivery.ts'
import { type EndpointId, toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from './connect.ts'
import { type DeliveryRow, deliveryOf, notSkipped, toDelivery } from './delivery-state.ts'
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
  const states = filter.states
  const half = (table: 'finished_delivery' | 'pending_delivery', condition = sql`true`) => sql`(
    select k.message_id, d.*
      from ${sql.table(table)} k
     cross join lateral ${deliveryOf('k.endpoint_id', 'k.message_id')} d
     where k.endpoint_id = ${toUuid(endpointId)}::uuid
       and ${inWindow(page, 'k.message_id')} and ${condition}
       and ${states === null ? sql`true` : sql`d.state = any (${states}::text[])`}
       and ${ofMessage('k.message_id', filter)}
     order by k.message_id ${direction} limit ${page.limit + 1})`
  const { rows } = await sql<MessageRow & DeliveryRow>`
    select ${messageColumns('m')}, k.state, k.reason, k.next_attempt_at
      from (${half('finished_delivery', notSkipped('k.status'))}
            union all ${half('pending_delivery', firstOfUnfinished)}) k
      join message m on m.id = k.message_id
     order by k.message_id ${direction} limit ${page.limit + 1}`.execute(db)
  return toPage(
    rows.map((row) => ({ ...toMessage(row), delivery: toDelivery(row) })),
    page,
  )
}

/** One row of a message that has several runs, and none of what has a finished row. */
const firstOfUnfinished = sql`
  not exists (select from pending_delivery s
               where s.endpoint_id = k.endpoint_id and s.message_id = k.message_id
                 and s.resend < k.resend)
  and not exists (select from finished_delivery f
                   where f.endpoint_id = k.endpoint_id and f.message_id = k.message_id)`

import { sql } from 'kysely'
import type { DeliveryReason } from '../domain/delivery.ts'
import { STATUS_NUMBERS } from '../domain/delivery.ts'
import { type EndpointId, lowestUuid, type MessageId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

const CHUNK = 10_000

type Ending = {
  reason: DeliveryReason
  /** Only those of messages from before. */
  createdBefore?: Date
}

/**
 * Ends what waits for an endpoint, in chunks, so that a million of them hold no lock for long. What
 * is in flight at this moment ends by its own record. If the process dies between two chunks, the
 * rest of an endpoint that went away ends when it is due.
 */
export async function endPendingDeliveries(
  db: Db,
  endpointId: EndpointId,
  { reason, createdBefore }: Ending,
) {
  const before =
    createdBefore === undefined ? sql`true` : sql`message_id < ${lowestUuid(createdBefore)}::uuid`
  for (;;) {
    const { rows } = await sql<{ ended: number }>`
      with gone as (
        delete from pending_delivery
         where (message_id, endpoint_id, resend) in (
           select message_id, endpoint_id, resend
             from pending_delivery
            where leased_by is null and endpoint_id = ${toUuid(endpointId)} and ${before}
            limit ${CHUNK} for update skip locked)
        returning message_id, endpoint_id, resend, attempts
      ), finished as (
        insert into finished_delivery (message_id, endpoint_id, status, reason, attempts)
        select distinct on (message_id, endpoint_id)
               message_id, endpoint_id, ${STATUS_NUMBERS.cancelled}::smallint, ${reason}, attempts
          from gone g
         where not exists (select from pending_delivery s
                            where s.endpoint_id = g.endpoint_id and s.message_id = g.message_id
                              and s.leased_by is not null)
         order by message_id, endpoint_id, resend
            on conflict do nothing
      )
      select count(*)::int as ended from gone`.execute(db)
    if ((rows[0]?.ended ?? 0) < CHUNK) return
  }
}

/** Ends the schedule of one delivery, unless an attempt is being made; resends go on. */
export async function cancelDelivery(
  db: Db,
  messageId: MessageId,
  endpointId: EndpointId,
): Promise<'cancelled' | 'in_flight' | 'over'> {
  const { rows } = await sql<{ ended: boolean; pending: boolean }>`
    with gone as (
      delete from pending_delivery
       where message_id = ${toUuid(messageId)} and endpoint_id = ${toUuid(endpointId)}
         and resend = 0 and leased_by is null
      returning message_id, endpoint_id, attempts
    ), finished as (
      insert into finished_delivery (message_id, endpoint_id, status, reason, attempts)
      select message_id, endpoint_id, ${STATUS_NUMBERS.cancelled}::smallint, 'cancelled', attempts
        from gone
          on conflict do nothing
    )
    select exists (select from gone) as ended,
           exists (select from pending_delivery
                    where message_id = ${toUuid(messageId)} and endpoint_id = ${toUuid(endpointId)}
                      and resend = 0) as pending`.execute(db)
  if (rows[0]?.ended) return 'cancelled'
  return rows[0]?.pending ? 'in_flight' : 'over'
}

/** Commits one manual attempt, past all filters, beside the schedule of the delivery if it has one. */
export async function insertResend(
  db: Db,
  messageId: MessageId,
  endpointId: EndpointId,
): Promise<void> {
  await sql`
    insert into pending_delivery (message_id, endpoint_id, resend, due_at)
    values (${toUuid(messageId)}, ${toUuid(endpointId)}, nextval('resend_number'), now())`.execute(
    db,
  )
}

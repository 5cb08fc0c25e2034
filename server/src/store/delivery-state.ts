// What a delivery is shown as follows from its runs that are pending and from how it finished; both
// can be there, when a resend runs beside a schedule that is over.
import { sql } from 'kysely'
import type { Delivery, DeliveryReason, DeliveryState } from '../domain/delivery.ts'
import { STATUS_NUMBERS } from '../domain/delivery.ts'

/**
 * `cross join lateral` this to a row with (endpoint_id, message_id): at most one row, none when
 * there is no such delivery. Two probes by key. A success counts whatever came after it; what an
 * endpoint's filter held back was never to be sent: only who asks for it sees it.
 */
export const deliveryOf = (
  endpointId: string,
  messageId: string,
  { withFiltered = false }: { withFiltered?: boolean } = {},
) => sql`(
  select case when f.status = ${STATUS_NUMBERS.succeeded} then 'succeeded'
              when p.runs > 0 and (f.status is not null or p.tried) then 'sending'
              when p.runs > 0 then 'waiting'
              when f.status = ${STATUS_NUMBERS.failed} then 'failed'
              when f.status = ${STATUS_NUMBERS.cancelled} and f.rule is not null then 'dropped'
              else 'cancelled'
         end as state,
         case when p.runs = 0 then f.reason end as reason, f.rule,
         case when f.status is not null or p.tried or p.due_at > now() then p.due_at end
           as next_attempt_at,
         case when p.runs = 0 then f.finished_at end as finished_at,
         f.status is not null as finished, p.first_resend, p.last_resend
    from (select count(*) as runs, bool_or(leased_by is not null or attempts > 0) as tried,
                 min(due_at) filter (where leased_by is null) as due_at,
                 min(resend) as first_resend, max(resend) as last_resend
            from pending_delivery
           where endpoint_id = ${sql.ref(endpointId)} and message_id = ${sql.ref(messageId)}) p
    left join finished_delivery f
      on f.endpoint_id = ${sql.ref(endpointId)} and f.message_id = ${sql.ref(messageId)}
   where p.runs > 0
      or f.status is not null
     and (${sql.lit(withFiltered)} or f.status <> ${STATUS_NUMBERS.skipped}::smallint))`

export type DeliveryRow = {
  state: DeliveryState
  reason: string | null
  rule: string | null
  finished_at: Date | null
  next_attempt_at: Date | null
}

export const toDelivery = ({ state, reason, rule, ...row }: DeliveryRow): Delivery => ({
  state,
  reason: state === 'succeeded' ? null : (reason as DeliveryReason | null),
  rule: state === 'cancelled' || state === 'dropped' ? rule : null,
  finishedAt: row.finished_at,
  nextAttemptAt: state === 'sending' || state === 'waiting' ? row.next_attempt_at : null,
})

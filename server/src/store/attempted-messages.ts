import { sql } from 'kysely'
import { type Delivery, type DeliveryState, STATUS_NUMBERS } from '../domain/delivery.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from './connect.ts'
import { type DeliveryRow, deliveryOf, toDelivery } from './delivery-state.ts'
import { findFewMessages, type MessageFilter, ofMessage } from './message-filter.ts'
import { type MessageRow, messageColumns, toMessage } from './messages.ts'
import { type Page, type PageRequest, sortDirection } from './page.ts'
import { inWindow, windowOf } from './time-window.ts'
import { MOST_PROBED, MOST_READ, toWalkedPage, type Walked, walk } from './walk.ts'

export type DeliveryFilter = MessageFilter & {
  states: DeliveryState[] | null
  /** Those too that the endpoint's filter held back; they count as cancelled. */
  withFiltered: boolean
}
export type AttemptedMessage = Message & { delivery: Delivery }

type Listed = { request: PageRequest; filter: DeliveryFilter; now: Date }

/**
 * The messages for an endpoint, each with its delivery, newest first. What is finished and what is
 * pending are each read along their index as far as the page needs, then merged. A message with a
 * finished row is in the first half only, so none appears twice.
 */
export async function listAttemptedMessages(
  db: Db,
  { id: endpointId, applicationId }: Pick<Endpoint, 'id' | 'applicationId'>,
  { request, filter, now }: Listed,
): Promise<Page<AttemptedMessage>> {
  const page = windowOf(request, filter, now)
  const direction = sql.raw(sortDirection(page))
  const few = await findFewMessages(db, applicationId, filter)
  const rowsOf: RowsOf = (table) => {
    const endpoint = sql`endpoint_id = ${toUuid(endpointId)}::uuid`
    const rows =
      few === null
        ? sql`${sql.table(table)} k where ${endpoint}`
        : sql`unnest(${few}::uuid[]) as f (of)
            cross join lateral (
              select * from ${sql.table(table)} where ${endpoint} and message_id = f.of offset 0) k
            where true`
    return sql`${rows} and ${inWindow(page, 'k.message_id')}`
  }
  const halves = [finishedHalf(page, filter, rowsOf), pendingHalf(page, filter, rowsOf)].filter(
    (half) => half !== null,
  )
  if (halves.length === 0) return { items: [], done: true }
  // Of a message that is the last one looked at in a half, what was found comes first.
  const { rows } = await sql<MessageRow & DeliveryRow & Walked>`
    select ${messageColumns('m')}, w.matches, w.last, d.state, d.reason, d.rule, d.finished_at,
           d.next_attempt_at
      from (select * from (${sql.join(halves, sql` union all `)}) h
             order by id ${direction}, last, matches desc limit ${sql.lit(page.limit + 1)}) w
     cross join lateral (select * from message where id = w.id offset 0) m
     cross join (select ${toUuid(endpointId)}::uuid as id) e
      left join lateral ${deliveryOf('e.id', 'w.id', filter)} d on true
     order by w.id ${direction}, w.last, w.matches desc`.execute(db)
  const toItem = (row: MessageRow & DeliveryRow) => ({
    ...toMessage(row),
    delivery: toDelivery(row),
  })
  return toWalkedPage(rows, page, { kind: 'message', toItem })
}

type RowsOf = (table: 'finished_delivery' | 'pending_delivery') => ReturnType<typeof sql>

const { succeeded, failed, cancelled, skipped } = STATUS_NUMBERS

/** What did not succeed has an index of its own, by status: the few are found without the many. */
function finishedHalf(page: PageRequest, filter: DeliveryFilter, rowsOf: RowsOf) {
  const within = { succeeded, failed, cancelled, dropped: cancelled, waiting: null, sending: null }
  const { states } = filter
  const statuses: number[] | null =
    states && [...new Set(states.map((state) => within[state]))].filter((status) => status !== null)
  if (filter.withFiltered && statuses?.includes(cancelled)) statuses.push(skipped)
  const like = ofMessage('s.id', filter)
  const from = (status: Sql) => sql`
    select k.message_id as id, k.endpoint_id, k.status
      from ${rowsOf('finished_delivery')} and ${status}`
  const wanted = sql`(${cancelledOnes(states)} and not exists (
    select from pending_delivery p
     where p.endpoint_id = s.endpoint_id and p.message_id = s.id offset 0))`
  if (statuses === null || statuses.includes(succeeded)) {
    const isShown =
      statuses === null
        ? sql`(${sql.lit(filter.withFiltered)} or s.status <> ${sql.lit(skipped)})`
        : sql`(s.status = ${sql.lit(succeeded)}
               or s.status = any (${statuses}::smallint[]) and ${wanted})`
    return walk(page, {
      sources: [from(sql`true`)],
      matches: sql<boolean>`(${isShown} and ${like ?? sql`true`})`,
      most: like === null && !statuses?.includes(cancelled) ? MOST_READ : MOST_PROBED,
    })
  }
  if (statuses.length === 0) return null
  return walk(page, {
    sources: statuses.map((status) =>
      from(sql`k.status <> ${sql.lit(succeeded)} and k.status = ${sql.lit(status)}`),
    ),
    matches: sql<boolean>`(${like ?? sql`true`} and ${wanted})`,
    most: MOST_PROBED,
  })
}

/** What was dropped is stored as cancelled, with the rule that dropped it. */
function cancelledOnes(states: DeliveryState[] | null): Sql {
  const withDropped = states?.includes('dropped')
  if (states?.includes('cancelled') === withDropped) return sql`true`
  return sql`(s.status <> ${sql.lit(cancelled)} or ${sql.lit(withDropped)} = exists (
    select from finished_delivery f
     where f.endpoint_id = s.endpoint_id and f.message_id = s.id and f.rule is not null offset 0))`
}

/**
 * Of a message with several runs the one that comes first, and of one with a finished row none, unless
 * the other half leaves it out: what was finished and is under way again is shown as sending.
 */
function pendingHalf(page: PageRequest, filter: DeliveryFilter, rowsOf: RowsOf) {
  const { states } = filter
  if (states !== null && !states.includes('waiting') && !states.includes('sending')) return null
  const first = sql.ref(sortDirection(page) === 'asc' ? 'd.first_resend' : 'd.last_resend')
  const wanted = states === null ? sql`not d.finished` : sql`d.state = any (${states}::text[])`
  return walk(page, {
    sources: [
      sql`select k.message_id as id, k.endpoint_id, k.resend from ${rowsOf('pending_delivery')}`,
    ],
    within: 'resend',
    matches: sql<boolean>`(${ofMessage('s.id', filter) ?? sql`true`} and exists (
      select from ${deliveryOf('s.endpoint_id', 's.id')} d where s.resend = ${first} and ${wanted} offset 0))`,
    most: MOST_PROBED,
  })
}

type Sql = ReturnType<typeof sql>

// What waits for an endpoint that gets one message after the other. Who may be sent is decided by
// claim-deliveries.ts; here is what people see of it.
import { sql } from 'kysely'
import { type EndpointId, type MessageId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

/** Counting a million takes longer than anybody wants to wait. */
const MAX_COUNTED = 10_000

export type FifoLine = {
  /** What all others wait for. */
  head: {
    messageId: MessageId
    attempts: number
    /** Null while it is being sent. */
    nextAttemptAt: Date | null
    waitsSince: Date
  } | null
  /** How many wait behind the head. */
  waiting: number
  /** There are more than were counted. */
  approximated: boolean
}

type Row = {
  message_id: string
  attempts: number
  due_at: Date
  leased: boolean
  placed_at: Date
  count: number
}

/** What is to be sent later is in line from then on. */
export async function findFifoLine(db: Db, endpointId: EndpointId): Promise<FifoLine> {
  const { rows } = await sql<Row>`
    with line as (
      select message_id, attempts, due_at, leased_by is not null as leased, placed_at
        from pending_delivery
       where endpoint_id = ${toUuid(endpointId)} and placed_at <= now()
       order by placed_at, message_id
       limit ${MAX_COUNTED + 2}
    )
    select line.*, (select count(*)::int from line) as count
      from line
     -- One that was in hand when an earlier place became visible stays the head.
     order by leased desc, placed_at, message_id
     limit 1`.execute(db)
  const head = rows[0]
  if (head === undefined) return { head: null, waiting: 0, approximated: false }
  return {
    head: {
      messageId: toId('message', head.message_id),
      attempts: head.attempts,
      nextAttemptAt: head.leased ? null : head.due_at,
      waitsSince: head.placed_at,
    },
    waiting: Math.min(head.count - 1, MAX_COUNTED),
    approximated: head.count - 1 > MAX_COUNTED,
  }
}

/** An endpoint without anything in order needs none: its next claim makes another. */
export async function deleteIdleTurns(db: Db) {
  await sql`
    delete from fifo_turn t
     where not exists (select from pending_delivery p
                        where p.endpoint_id = t.endpoint_id and p.placed_at is not null
                       offset 0)`.execute(db)
}

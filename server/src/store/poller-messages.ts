// What a poller has, in a line that only ever grows at its end. Transactions commit in another order
// than their ids were made, and what is to be sent later comes later: so messages wait in
// poller_waiting, and a poll puts those that it can see (and that are due) behind all that were there,
// holding the poller's row. Whoever has read up to a position has read all that will ever be before it.
import { sql } from 'kysely'
import { invariant } from '../domain/errors.ts'
import { lowestUuid, type PollerId, toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Db } from './connect.ts'
import { type MessageRow, messageColumns, toMessage } from './messages.ts'
import { inTransaction } from './transaction.ts'

/** How many a poll puts in line, and how many it looks at to fill a page with some of them. */
const MAX_LINED_UP = 5_000
const MAX_LOOKED_AT = 2_000

/** Before the first message. */
export const START = 0n

export type Polled = {
  messages: Message[]
  /** Where to go on. */
  position: bigint
  /** There was nothing more at this moment. */
  done: boolean
}

type Poll = {
  after: bigint
  limit: number
  eventType: string | null
  channel: string | null
}

/** What comes after a position, in the order of the line, which is made longer when that is needed. */
export async function pollMessages(db: Db, pollerId: PollerId, poll: Poll): Promise<Polled> {
  const first = await readLine(db, pollerId, poll)
  if (!first.isEnd || !first.isDue) return { ...first, done: first.isEnd }
  const { isAll } = await lineUp(db, pollerId)
  const polled = await readLine(db, pollerId, poll)
  return { ...polled, done: isAll && polled.isEnd }
}

/**
 * isDue: something waited to be put in line. Seen in the same snapshot as the line: asked for later, what
 * another poll has put in line since would be seen in neither place, and the poll would say that it is
 * done.
 */
type Read = Omit<Polled, 'done'> & { isEnd: boolean; isDue: boolean }

async function readLine(db: Db, pollerId: PollerId, poll: Poll): Promise<Read> {
  const { after, limit, eventType, channel } = poll
  const size = eventType === null && channel === null ? limit + 1 : MAX_LOOKED_AT
  const { rows } = await sql<MessageRow & Looked>`
    with looked as materialized (
      select position, message_id
        from poller_message
       where poller_id = ${toUuid(pollerId)} and position > ${after}
       order by position
       limit ${size}
    ), matched as materialized (
      select l.position, l.message_id
        from looked l cross join lateral ${messageOf('l')} m
       where (${eventType}::text is null or m.event_type = ${eventType}::text)
         and (${channel}::text is null or ${channel}::text = any (m.channels))
       order by l.position
       limit ${limit}
    ), last as (
      select coalesce(max(position), ${after}) as position, count(*)::int as looked,
             exists (${dueOf(pollerId)}) as due
        from looked
    )
    select ${messageColumns('m')}, k.position, last.looked, last.due, true as matches
      from matched k cross join last cross join lateral ${messageOf('k')} m
    union all
    select ${NO_MESSAGE}, position, looked, due, false from last
     order by position, matches desc`.execute(db)
  const messages = rows.filter((row) => row.matches).map(toMessage)
  const end = rows.at(-1)
  invariant(end !== undefined, 'a poll says how far it looked')
  const isFull = messages.length === limit
  const position = BigInt(isFull ? rows[limit - 1]!.position : end.position)
  const isEnd = position === BigInt(end.position) && end.looked < size
  return { messages, position, isEnd, isDue: end.due }
}

type Looked = { position: string; matches: boolean; looked: number; due: boolean }

const dueOf = (pollerId: PollerId) => sql`
  select from poller_waiting where poller_id = ${toUuid(pollerId)} and due_at <= now()`

/**
 * One probe by key for each. As a plain join it becomes a scan of all messages when their statistics
 * are stale.
 */
const messageOf = (table: string) =>
  sql`(select * from message where id = ${sql.ref(`${table}.message_id`)} offset 0)`

/** The row that says how far the page looked, whatever it found. */
const NO_MESSAGE = sql`null::uuid, null::uuid, null, null, null::text[], null::text[], null,
  null::timestamptz, null::text, null::bytea`

/** Puts what is due at the end of the line; says whether that was all. */
async function lineUp(db: Db, pollerId: PollerId): Promise<{ isAll: boolean }> {
  const poller = toUuid(pollerId)
  return inTransaction(db, async (tx) => {
    // One at a time: positions are given out in the order in which they can be seen.
    await sql`select from poller where id = ${poller} for update`.execute(tx)
    const { numAffectedRows } = await sql`
      with picked as materialized (
        select ctid as at from poller_waiting
         where poller_id = ${poller} and due_at <= now()
         order by due_at, message_id
         limit ${MAX_LINED_UP} for update
      ), ready as (
        delete from poller_waiting w using picked p where w.ctid = p.at
        returning w.message_id, w.due_at
      )
      insert into poller_message (poller_id, position, message_id)
      select ${poller}::uuid, nextval('poller_position'), message_id
        from (select message_id from ready order by due_at, message_id) r`.execute(tx)
    return { isAll: (numAffectedRows ?? 0n) < BigInt(MAX_LINED_UP) }
  })
}

/**
 * Just before the first message in line that was accepted at `after` or later; at the end when there is
 * none, because whatever still waits comes behind that.
 */
export async function seekMessages(db: Db, pollerId: PollerId, after: Date): Promise<bigint> {
  await lineUp(db, pollerId)
  const { rows } = await sql<{ position: string | null }>`
    select coalesce(
      (select position - 1 from poller_message
        where poller_id = ${toUuid(pollerId)} and message_id >= ${lowestUuid(after)}::uuid
        order by position limit 1),
      (select max(position) from poller_message where poller_id = ${toUuid(pollerId)})) as position`.execute(
    db,
  )
  return BigInt(rows[0]?.position ?? START)
}

// What arrived at a bin, in the order of its numbers; the oldest make room, but for pinned ones.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type Capture, MAX_CAPTURES, MAX_PINNED } from '../domain/bin.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { type BinId, newUuid, parseId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import type { Order } from './page.ts'

export type NewCapture = Omit<
  Capture,
  'id' | 'seq' | 'receivedAt' | 'sha256' | 'pinned' | 'answer' | 'answerBy'
> & {
  answer: Omit<Capture['answer'], 'relayed'>
  /** So long its sender waits for a listener's answer. */
  answerWithinMs?: number
}

/** Its number; null when the bin is gone. */
export async function insertCapture(
  db: Db,
  binId: BinId,
  capture: NewCapture,
): Promise<number | null> {
  const { method, target, httpVersion, headers, body, remoteAddress, remotePort } = capture
  const sha256 = createHash('sha256').update(body).digest()
  const { rows } = await sql<{ seq: string }>`
    with next as (
      update bin set last_seq = last_seq + 1 where id = ${toUuid(binId)} returning id, last_seq
    ), dropped as (
      delete from capture c using next n
       where c.bin_id = n.id and c.seq <= n.last_seq - ${MAX_CAPTURES} and not c.pinned
    )
    insert into capture (bin_id, seq, id, method, target, http_version, headers, body, sha256,
                         remote_address, remote_port, head_ms, body_ms, answer, answer_by)
    select id, last_seq, ${newUuid()}::uuid, ${method}, ${target}, ${httpVersion},
           ${JSON.stringify(headers)}::json, ${body}::bytea, ${sha256}::bytea, ${remoteAddress},
           ${remotePort}::int, ${capture.headMs}::real, ${capture.bodyMs}::real,
           ${JSON.stringify(capture.answer)}::json,
           now() + ${capture.answerWithinMs ?? null}::int * interval '1 millisecond'
      from next
    returning seq`.execute(db)
  return rows[0] === undefined ? null : Number(rows[0].seq)
}

/** How many captures a rule has answered, by its place. */
export async function countAnswered(db: Db, binId: BinId): Promise<Map<number, number>> {
  const { rows } = await sql<{ rule: number; count: number }>`
    select (answer ->> 'rule')::int as rule, count(*)::int as count
      from capture
     where bin_id = ${toUuid(binId)} and answer ->> 'rule' is not null
     group by 1`.execute(db)
  return new Map(rows.map(({ rule, count }) => [rule, count]))
}

export type CaptureFilter = {
  /** Numbers above, or below. */
  after: number | null
  before: number | null
  method: string | null
  /** In the target: a part of it. */
  target: string | null
}

type Row = {
  id: string
  seq: string
  received_at: Date
  method: string
  target: string
  http_version: string
  headers: [string, string][]
  body: Buffer
  sha256: Buffer
  remote_address: string
  remote_port: number
  head_ms: number
  body_ms: number
  answer: Omit<Capture['answer'], 'relayed'>
  answer_by: Date | null
  relayed_status: number | null
  pinned: boolean
}

const ROWS = sql`
  select capture.*, given.status as relayed_status
    from capture left join capture_answer given using (bin_id, seq)`

export async function listCaptures(
  db: Db,
  binId: BinId,
  { filter, limit, order }: { filter: CaptureFilter; limit: number; order: Order },
): Promise<Capture[]> {
  const { after, before, method, target } = filter
  const { rows } = await sql<Row>`
    ${ROWS}
     where bin_id = ${toUuid(binId)}
       and seq > ${after ?? 0} and (${before}::bigint is null or seq < ${before})
       and (${method}::text is null or method = ${method})
       and (${target}::text is null or position(${target} in target) > 0)
     order by seq ${sql.raw(order === 'ascending' ? 'asc' : 'desc')}
     limit ${limit}`.execute(db)
  return rows.map(toCapture)
}

/** Throws not_found. */
export async function getCapture(db: Db, binId: BinId, name: string): Promise<Capture> {
  const { rows } = await sql<Row>`
    ${ROWS}
     where bin_id = ${toUuid(binId)} and id = ${uuidOf(name)}`.execute(db)
  if (rows[0] === undefined) throw notFound()
  return toCapture(rows[0])
}

/** The number of the last one that had arrived by then, of those that are still there. */
export async function seqBefore(db: Db, binId: BinId, time: Date): Promise<number | null> {
  const { rows } = await sql<{ seq: string }>`
    select seq from capture
     where bin_id = ${toUuid(binId)} and received_at < ${time}
     order by seq desc limit 1`.execute(db)
  return rows[0] === undefined ? null : Number(rows[0].seq)
}

/** The one that arrived before, of those that are still there. */
export async function findCaptureBefore(
  db: Db,
  binId: BinId,
  seq: number,
): Promise<Capture | null> {
  const filter = { after: null, before: seq, method: null, target: null }
  const [capture] = await listCaptures(db, binId, { filter, limit: 1, order: 'descending' })
  return capture ?? null
}

/** Throws not_found, and limit_reached with too many that stay. */
export async function pinCapture(
  tx: Db,
  binId: BinId,
  { name, pinned }: { name: string; pinned: boolean },
): Promise<Capture> {
  const { rows } = await sql<Row>`
    update capture set pinned = ${pinned}
     where bin_id = ${toUuid(binId)} and id = ${uuidOf(name)}
    returning *, (
      select status from capture_answer given
       where given.bin_id = capture.bin_id and given.seq = capture.seq
    ) as relayed_status`.execute(tx)
  if (rows[0] === undefined) throw notFound()
  const { rows: counted } = await sql<{ count: number }>`
    select count(*)::int as count from capture
     where bin_id = ${toUuid(binId)} and pinned`.execute(tx)
  if (counted[0]!.count > MAX_PINNED) {
    throw new AppError('limit_reached', `A bin has ${MAX_PINNED} pinned captures at most`)
  }
  return toCapture(rows[0])
}

/** Throws not_found. */
export async function deleteCapture(db: Db, binId: BinId, name: string): Promise<void> {
  const { numAffectedRows } = await sql`
    delete from capture where bin_id = ${toUuid(binId)} and id = ${uuidOf(name)}`.execute(db)
  if (numAffectedRows !== 1n) throw notFound()
}

function uuidOf(name: string): string {
  const id = parseId('capture', name)
  if (id === null) throw notFound()
  return toUuid(id)
}

const toCapture = (row: Row): Capture => ({
  id: toId('capture', row.id),
  seq: Number(row.seq),
  receivedAt: row.received_at,
  method: row.method,
  target: row.target,
  httpVersion: row.http_version,
  headers: row.headers,
  body: row.body,
  sha256: row.sha256.toString('hex'),
  remoteAddress: row.remote_address,
  remotePort: row.remote_port,
  headMs: row.head_ms,
  bodyMs: row.body_ms,
  answer:
    row.relayed_status === null
      ? { ...row.answer, relayed: false }
      : { status: row.relayed_status, rule: null, delayMs: 0, relayed: true },
  answerBy: row.answer_by,
  pinned: row.pinned,
})

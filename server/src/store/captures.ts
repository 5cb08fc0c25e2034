// What arrived at a bin, in the order of its numbers; the oldest make room, but for pinned ones.
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import { type Capture, type CaptureAnswer, MAX_CAPTURES, MAX_PINNED } from '../domain/bin.ts'
import { MAX_LOOKED_INTO } from '../domain/capture-facts.ts'
import { AppError, notFound } from '../domain/errors.ts'
import { type BinId, type CaptureId, newUuid, parseId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'
import type { Order } from './page.ts'

export type NewCapture = Omit<
  Capture,
  'id' | 'seq' | 'receivedAt' | 'sha256' | 'bodyBytes' | 'pinned' | 'answer' | 'answerBy'
> & {
  answer: Omit<CaptureAnswer, 'relayed'>
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
  const { forwarded } = capture
  const sha256 = createHash('sha256').update(body).digest()
  const { rows } = await sql<{ seq: string }>`
    with next as (
      update bin set last_seq = last_seq + 1 where id = ${toUuid(binId)} returning id, last_seq
    ), dropped as (
      delete from capture c using next n
       where c.bin_id = n.id and c.seq <= n.last_seq - ${MAX_CAPTURES} and not c.pinned
    )
    insert into capture (bin_id, seq, id, method, target, http_version, headers, body, sha256,
                         remote_address, remote_port, head_ms, body_ms, forwarded, answer, answer_by)
    select id, last_seq, ${newUuid()}::uuid, ${method}, ${target}, ${httpVersion},
           ${JSON.stringify(headers)}::json, ${body}::bytea, ${sha256}::bytea, ${remoteAddress},
           ${remotePort}::int, ${capture.headMs}::real, ${capture.bodyMs}::real,
           ${forwarded && JSON.stringify(forwarded)}::json,
           ${JSON.stringify(capture.answer)}::json,
           now() + ${capture.answerWithinMs ?? null}::int * interval '1 millisecond'
      from next
    returning seq`.execute(db)
  return rows[0] === undefined ? null : Number(rows[0].seq)
}

export type CaptureFilter = {
  /** Numbers above, or below. */
  after: number | null
  before: number | null
  method: string | null
  /** In the target: a part of it. */
  target: string | null
  /** This one only. */
  id?: CaptureId | null
}

/** Whether a capture is wanted; of bodies that are too long for it, it sees nothing. */
export type Wants = (capture: Capture) => boolean

/** Bodies are up to 10 MiB, so that many at once would be too much for anybody. */
const MAX_BYTES_AT_ONCE = 16 * 1024 * 1024
/** Of those that are only looked at. */
const LOOKED_AT_ONCE = 50

type Row = {
  id: string
  seq: string
  received_at: Date
  method: string
  target: string
  http_version: string
  headers: [string, string][]
  body: Buffer
  /** Where the body itself may have been left away. */
  body_bytes?: number
  sha256: Buffer
  remote_address: string
  remote_port: number
  head_ms: number
  body_ms: number
  forwarded: Capture['forwarded']
  answer: Omit<CaptureAnswer, 'relayed'>
  answer_by: Date | null
  /** What the sender got of a listener. */
  relayed_status: number | null
  pinned: boolean
}

/** Not a join: both have headers and a body. */
const RELAYED_STATUS = sql`(
  select status from capture_answer given
   where given.bin_id = capture.bin_id and given.seq = capture.seq
) as relayed_status`

type Asked = { filter: CaptureFilter; limit: number; order: Order }

/** Fewer than `limit` where the bodies would be too much at once, but one at least. */
export async function listCaptures(
  db: Db,
  binId: BinId,
  { filter, limit, order }: Asked,
): Promise<Capture[]> {
  const { rows } = await sql<Row>`
    select * from (
      select *, ${RELAYED_STATUS},
             sum(octet_length(body)) over (order by seq ${direction(order)}) as bytes
        from capture
       where ${matching(binId, filter)}
       order by seq ${direction(order)}
       limit ${limit}) listed
     where bytes <= ${MAX_BYTES_AT_ONCE} or bytes = octet_length(body)
     order by seq ${direction(order)}`.execute(db)
  return rows.map(toCapture)
}

/** The numbers of those that are wanted, and how far was looked; a bin holds no more than can be. */
export async function findCaptures(
  db: Db,
  binId: BinId,
  { filter, limit, order, wants }: Asked & { wants: Wants },
): Promise<{ found: number[]; lookedTo: number | null }> {
  const found: number[] = []
  const way = { ...filter }
  let lookedTo: number | null = null
  for (;;) {
    const looked = await lookAt(db, binId, { filter: way, limit: LOOKED_AT_ONCE, order })
    for (const capture of looked) {
      lookedTo = capture.seq
      way[order === 'ascending' ? 'after' : 'before'] = capture.seq
      if (wants(capture)) found.push(capture.seq)
      // Looking into one takes milliseconds: others get their turn in between.
      await setImmediate()
      if (found.length >= limit) return { found, lookedTo }
    }
    if (looked.length < LOOKED_AT_ONCE) return { found, lookedTo }
  }
}

/** Without the bodies that are too long to be looked into: `bodyBytes` says how long they are. */
export async function lookAt(
  db: Db,
  binId: BinId,
  { filter, limit, order }: Asked,
): Promise<Capture[]> {
  const { rows } = await sql<Row>`
    select ${COLUMNS}, ${RELAYED_STATUS}, octet_length(body) as body_bytes,
           case when octet_length(body) <= ${MAX_LOOKED_INTO} then body else ''::bytea end as body
      from capture
     where ${matching(binId, filter)}
     order by seq ${direction(order)}
     limit ${limit}`.execute(db)
  return rows.map(toCapture)
}

/** Of these numbers, as many as are not too much at once, but one at least. */
export async function listNumbered(
  db: Db,
  binId: BinId,
  { seqs, order }: { seqs: number[]; order: Order },
): Promise<Capture[]> {
  const { rows } = await sql<Row>`
    select * from (
      select *, ${RELAYED_STATUS},
             sum(octet_length(body)) over (order by seq ${direction(order)}) as bytes
        from capture
       where bin_id = ${toUuid(binId)} and seq = any(${seqs}::bigint[])) listed
     where bytes <= ${MAX_BYTES_AT_ONCE} or bytes = octet_length(body)
     order by seq ${direction(order)}`.execute(db)
  return rows.map(toCapture)
}

const COLUMNS = sql.raw(
  `id, seq, received_at, method, target, http_version, headers, sha256, remote_address, remote_port,
   head_ms, body_ms, forwarded, answer, answer_by, pinned`,
)

const direction = (order: Order) => sql.raw(order === 'ascending' ? 'asc' : 'desc')

function matching(binId: BinId, { after, before, method, target, id = null }: CaptureFilter) {
  return sql`bin_id = ${toUuid(binId)}
         and seq > ${after ?? 0} and (${before}::bigint is null or seq < ${before})
         and (${id && toUuid(id)}::uuid is null or id = ${id && toUuid(id)})
         and (${method}::text is null or method = ${method})
         and (${target}::text is null or position(${target} in target) > 0)`
}

/** Throws not_found. */
export async function getCapture(db: Db, binId: BinId, name: string): Promise<Capture> {
  const { rows } = await sql<Row>`
    select *, ${RELAYED_STATUS} from capture
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
    returning *, ${RELAYED_STATUS}`.execute(tx)
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
  bodyBytes: row.body_bytes ?? row.body.length,
  remoteAddress: row.remote_address,
  remotePort: row.remote_port,
  headMs: row.head_ms,
  bodyMs: row.body_ms,
  forwarded: row.forwarded,
  answer:
    row.relayed_status === null
      ? { ...row.answer, relayed: false }
      : { status: row.relayed_status, rule: null, delayMs: 0, relayed: true },
  answerBy: row.answer_by,
  pinned: row.pinned,
})

// What listeners answer for a bin. One row decides, the first: an answer or a failure that is written
// in time, or that the sender got the bin's own. So what counted is the same for everybody.
import { sql } from 'kysely'
import type { Relayed } from '../domain/bin.ts'
import { notFound } from '../domain/errors.ts'
import { type BinId, parseId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

/**
 * The number of the capture, and whether this is what its sender gets; not when it is late, or another
 * one was first. A failure counts only of the last listener: another may still answer. Throws not_found.
 */
export async function giveAnswer(
  tx: Db,
  binId: BinId,
  { capture, relayed }: { capture: string; relayed: Relayed },
): Promise<{ seq: number; counts: boolean }> {
  const id = parseId('capture', capture)
  if (id === null) throw notFound()
  const answer = relayed.kind === 'answered' ? relayed : null
  const failure = relayed.kind === 'failed' ? relayed.failure : null
  const { rows } = await sql<{ seq: string; counts: boolean }>`
    with asked as (
      select bin_id, seq, coalesce(answer_by > now(), false) as waits
        from capture where bin_id = ${toUuid(binId)} and id = ${toUuid(id)}
    ), given as (
      insert into capture_answer (bin_id, seq, status, headers, body, failure)
      select bin_id, seq, ${answer?.status ?? null}::int,
             ${answer && JSON.stringify(answer.headers)}::json,
             ${answer?.body ?? null}::bytea, ${failure}::text
        from asked
       where waits and (${failure}::text is null or 1 >= (
         select count(*) from bin_listener l
          where l.bin_id = asked.bin_id and l.listens_until > now()
       ))
          on conflict do nothing
      returning seq
    )
    select seq, exists (select from given) as counts from asked`.execute(tx)
  if (rows[0] === undefined) throw notFound()
  return { seq: Number(rows[0].seq), counts: rows[0].counts }
}

type Row = {
  status: number | null
  headers: [string, string][] | null
  body: Buffer | null
  failure: string | null
}

/** Null while nothing is decided. */
export async function findAnswer(db: Db, binId: BinId, seq: number): Promise<Relayed | null> {
  const { rows } = await sql<Row>`
    select status, headers, body, failure from capture_answer
     where bin_id = ${toUuid(binId)} and seq = ${seq}`.execute(db)
  const [row] = rows
  if (row === undefined) return null
  const { status, headers, body, failure } = row
  if (status === null) return { kind: 'failed', failure: failure ?? '' }
  return { kind: 'answered', status, headers: headers ?? [], body: body ?? Buffer.alloc(0) }
}

/** Waited long enough: null, and no answer counts from now on. But one that was just in time does. */
export async function endWaiting(db: Db, binId: BinId, seq: number): Promise<Relayed | null> {
  const { rows } = await sql`
    insert into capture_answer (bin_id, seq)
    select bin_id, seq from capture where bin_id = ${toUuid(binId)} and seq = ${seq}
        on conflict do nothing
    returning seq`.execute(db)
  return rows.length > 0 ? null : findAnswer(db, binId, seq)
}

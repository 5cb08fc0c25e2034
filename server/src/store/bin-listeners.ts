// Who answers in a bin's place. Each open stream has a row that it renews; one that was cut counts as
// gone a moment later, whichever process it was of.
import { sql } from 'kysely'
import { type BinId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

const LISTENS_MS = 10_000
/** A bin that is there for an endpoint outlives its listener so long: a restart ends nothing. */
const OUTLIVES_MS = 120_000

/** Every second or so, for each stream. False when the bin is gone. */
export async function renewListener(
  db: Db,
  { id, binId }: { id: string; binId: BinId },
): Promise<boolean> {
  const { rows } = await sql`
    with kept as (
      update bin set expires_at = now() + ${OUTLIVES_MS} * interval '1 millisecond'
       where id = ${toUuid(binId)} and listens_to is not null
         and expires_at < now() + ${OUTLIVES_MS - 10_000} * interval '1 millisecond'
    ), gone as (
      delete from bin_listener
       where bin_id = ${toUuid(binId)} and listens_until < now() and id <> ${id}::uuid
    )
    insert into bin_listener (id, bin_id, listens_until)
    select ${id}::uuid, id, now() + ${LISTENS_MS} * interval '1 millisecond'
      from bin where id = ${toUuid(binId)}
        on conflict (id) do update set listens_until = excluded.listens_until
    returning id`.execute(db)
  return rows.length > 0
}

export async function endListener(db: Db, id: string): Promise<void> {
  await sql`delete from bin_listener where id = ${id}::uuid`.execute(db)
}

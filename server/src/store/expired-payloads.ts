import { sql } from 'kysely'
import type { Db } from './connect.ts'

const NIL = '00000000-0000-0000-0000-000000000000'

/**
 * Erases the payloads whose time is over; says how many. In chunks by id, each a statement of its own:
 * however many messages there are, none is locked for longer than its chunk takes.
 */
export async function eraseExpiredPayloads(db: Db, chunk = 5_000): Promise<number> {
  let erased = 0
  for (let after: string | null = NIL; after !== null; ) {
    const part: { erased: number; next: string | null } = await eraseNext(db, { after, chunk })
    erased += part.erased
    after = part.next
  }
  return erased
}

/** `next` is null after the last message. */
async function eraseNext(db: Db, { after, chunk }: { after: string; chunk: number }) {
  const { rows } = await sql<{ erased: number; next: string | null }>`
    with looked_at as materialized (
      select id, payload is not null and payload_expires_at <= now() as is_expired
        from message
       where id > ${after}::uuid
       order by id limit ${chunk}
    ), erased as (
      update message m set payload = null, schema_error = null, transformations_params = null
        from looked_at l
       where m.id = l.id and l.is_expired
      returning 1
    )
    select (select count(*)::int from erased) as erased,
           case when count(*) >= ${chunk} then max(id::text) end as next
      from looked_at`.execute(db)
  return rows[0]!
}

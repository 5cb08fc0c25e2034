// Consumers of a poller whose place is kept here, by the names that they give themselves.
import { sql } from 'kysely'
import { AppError } from '../domain/errors.ts'
import { type PollerId, toUuid } from '../domain/ids.ts'
import { MAX_CONSUMERS } from '../domain/poller.ts'
import type { Db } from './connect.ts'

/** Null for one that was never seen. */
export async function findPlace(db: Db, pollerId: PollerId, name: string): Promise<bigint | null> {
  const row = await db
    .selectFrom('poller_consumer')
    .select('position')
    .where('poller_id', '=', toUuid(pollerId))
    .where('name', '=', name)
    .executeTakeFirst()
  return row === undefined ? null : BigInt(row.position)
}

/** Throws limit_reached for one consumer too many. */
export async function keepPlace(
  db: Db,
  pollerId: PollerId,
  { name, position }: { name: string; position: bigint },
): Promise<void> {
  const { numAffectedRows } = await sql`
    insert into poller_consumer (poller_id, name, position)
    select ${toUuid(pollerId)}, ${name}, ${position}
     where exists (select from poller_consumer
                    where poller_id = ${toUuid(pollerId)} and name = ${name})
        or (select count(*) from poller_consumer
             where poller_id = ${toUuid(pollerId)}) < ${MAX_CONSUMERS}
        on conflict (poller_id, name)
        do update set position = excluded.position, updated_at = now()`.execute(db)
  if (numAffectedRows === 1n) return
  throw new AppError('limit_reached', `A poller has ${MAX_CONSUMERS} consumers at most`)
}

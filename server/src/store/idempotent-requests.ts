import { sql } from 'kysely'
import { type MessageId, toId, toUuid } from '../domain/ids.ts'
import type { Db } from './connect.ts'

/** A request that may be repeated: both are hashes, written as UUIDs. */
export type Idempotency = {
  /** Of the caller, the path and the header. */
  key: string
  /** Of the body: the same key with another body is a mistake of the caller. */
  bodyHash: string
}

export type EarlierRequest = {
  bodyHash: string
  /** Of a request that created a message. */
  messageId: MessageId | null
  status: number | null
  answer: Buffer | null
}

/** Older ones are forgotten. */
const KEPT_HOURS = 24
const CHUNK = 10_000

/**
 * Takes the key for the transaction of `tx`, or returns the request that has it. Waits for one that is
 * still under way.
 */
export async function claimIdempotencyKey(
  tx: Db,
  { key, bodyHash }: Idempotency,
): Promise<EarlierRequest | null> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('idempotent_request')
    .values({ key, body_hash: bodyHash })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n ? null : findEarlierRequest(tx, key)
}

export async function findEarlierRequest(db: Db, key: string): Promise<EarlierRequest | null> {
  const row = await db
    .selectFrom('idempotent_request')
    .select(['body_hash', 'message_id', 'status', 'answer'])
    .where('key', '=', key)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    bodyHash: row.body_hash,
    messageId: row.message_id === null ? null : toId('message', row.message_id),
    status: row.status,
    answer: row.answer,
  }
}

/** Keeps the answer of the request that claimed the key in this transaction. */
export async function keepAnswer(
  tx: Db,
  key: string,
  { status, answer }: { status: number; answer: Buffer | null },
): Promise<void> {
  await tx
    .updateTable('idempotent_request')
    .set({ status, answer })
    .where('key', '=', key)
    .execute()
}

/** Frees a key that was claimed for a message which was not stored. */
export async function releaseIdempotencyKey(db: Db, key: string, messageId: MessageId) {
  await db
    .deleteFrom('idempotent_request')
    .where('key', '=', key)
    .where('message_id', '=', toUuid(messageId))
    .execute()
}

/** In chunks: a day of a busy sender is many. */
export async function deleteOldIdempotentRequests(db: Db): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from idempotent_request
       where key in (select key from idempotent_request
                      where created_at < now() - ${KEPT_HOURS} * interval '1 hour'
                      limit ${CHUNK} for update skip locked)`.execute(db)
    if ((numAffectedRows ?? 0n) < BigInt(CHUNK)) return
  }
}

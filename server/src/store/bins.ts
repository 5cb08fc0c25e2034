import { type Selectable, sql } from 'kysely'
import { type Bin, type BinRule, MAX_BINS, PLAIN_ANSWER } from '../domain/bin.ts'
import { AppError, notFound } from '../domain/errors.ts'
import {
  type BinId,
  type EndpointId,
  type EnvironmentId,
  newId,
  parseId,
  toId,
  toUuid,
} from '../domain/ids.ts'
import type { Db } from './connect.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Seal } from './sealed.ts'
import type { Tables } from './tables.ts'
import { hashOf, randomToken } from './tokens.ts'

export type BinFields = {
  name: string
  rules: BinRule[]
  expiresAt: Date
  endpointId: EndpointId | null
}

/** Throws not_found, also for a bin of another environment. */
export async function getBin(db: Db, environmentId: EnvironmentId, name: string): Promise<Bin> {
  const id = parseId('bin', name)
  const row =
    id === null
      ? undefined
      : await db
          .selectFrom('bin')
          .selectAll()
          .where('environment_id', '=', toUuid(environmentId))
          .where('id', '=', toUuid(id))
          .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toBin(row)
}

export async function listBins(
  db: Db,
  environmentId: EnvironmentId,
  page: PageRequest,
): Promise<Page<Bin>> {
  const rows = await db
    .selectFrom('bin')
    .selectAll()
    .where('environment_id', '=', toUuid(environmentId))
    .where(beyondCursor(page, 'id', 'uuid'))
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toBin), page)
}

/** Throws limit_reached with too many. */
export async function insertBin(
  db: Db,
  seal: Seal,
  environmentId: EnvironmentId,
  { name, rules, expiresAt, endpointId }: BinFields,
): Promise<{ bin: Bin; token: string }> {
  const { count } = await db
    .selectFrom('bin')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('environment_id', '=', toUuid(environmentId))
    .executeTakeFirstOrThrow()
  if (count >= MAX_BINS) {
    throw new AppError('limit_reached', `An environment has ${MAX_BINS} bins at most`)
  }
  const id = newId('bin')
  const token = randomToken('bwb_')
  const row = await db
    .insertInto('bin')
    .values({
      id: toUuid(id),
      environment_id: toUuid(environmentId),
      name,
      rules: JSON.stringify(rules),
      endpoint_id: endpointId && toUuid(endpointId),
      token_hash: hashOf(token),
      token: seal.seal(token, placeOf(id)),
      expires_at: expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { bin: toBin(row), token }
}

/** Other rules begin to count anew. */
export async function updateBin(
  db: Db,
  id: BinId,
  fields: Partial<Omit<BinFields, 'endpointId'>>,
): Promise<Bin> {
  const { name, rules, expiresAt } = fields
  const row = await db
    .updateTable('bin')
    .set((eb) => ({
      ...(name !== undefined && { name }),
      ...(rules !== undefined && { rules: JSON.stringify(rules), answered: '{}' }),
      ...(expiresAt !== undefined && { expires_at: expiresAt }),
      updated_at: eb.fn<Date>('now'),
    }))
    .where('id', '=', toUuid(id))
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toBin(row)
}

/** Whose test it is from then on. */
export async function setBinEndpoint(db: Db, id: BinId, endpointId: EndpointId): Promise<void> {
  await db
    .updateTable('bin')
    .set({ endpoint_id: toUuid(endpointId) })
    .where('id', '=', toUuid(id))
    .execute()
}

/** With all that it holds. */
export async function deleteBin(db: Db, id: BinId): Promise<void> {
  await db.deleteFrom('bin').where('id', '=', toUuid(id)).execute()
}

export async function getBinToken(db: Db, seal: Seal, id: BinId): Promise<string> {
  const row = await db
    .selectFrom('bin')
    .select('token')
    .where('id', '=', toUuid(id))
    .executeTakeFirstOrThrow()
  return seal.open(row.token, placeOf(id))
}

/** Null for an unknown token; an expired bin is found until it is erased. */
export async function findBinByToken(
  db: Db,
  token: string,
): Promise<{ bin: Bin; isListenedTo: boolean } | null> {
  const row = await db
    .selectFrom('bin')
    .selectAll()
    .select(
      sql<boolean>`exists (
        select from bin_listener where bin_id = bin.id and listens_until > now()
      )`.as('is_listened_to'),
    )
    .where('token_hash', '=', hashOf(token))
    .executeTakeFirst()
  return row === undefined ? null : { bin: toBin(row), isListenedTo: row.is_listened_to }
}

/** Whosever it is: for those who came to it by its own links. */
export async function findBinById(db: Db, id: BinId): Promise<Bin | null> {
  const row = await db.selectFrom('bin').selectAll().where('id', '=', toUuid(id)).executeTakeFirst()
  return row === undefined ? null : toBin(row)
}

/** Counts a request for a rule; what each has answered from then on, this request included. */
export async function countAnswer(
  db: Db,
  id: BinId,
  rule: number,
): Promise<Record<string, number>> {
  const { rows } = await sql<{ answered: Record<string, number> }>`
    update bin
       set answered = jsonb_set(answered, array[${String(rule)}::text],
                                to_jsonb(coalesce((answered ->> ${String(rule)}::text)::int, 0) + 1))
     where id = ${toUuid(id)}
    returning answered`.execute(db)
  return rows[0]?.answered ?? {}
}

/** What expired a week ago is unknown from then on. Of those with an endpoint: app-listeners.ts. */
export async function deleteExpiredBins(db: Db): Promise<void> {
  await sql`
    delete from bin
     where expires_at < now() - interval '7 days' and listens_to is null`.execute(db)
}

const placeOf = (id: BinId) => `bin.token/${id}`

const toBin = (row: Selectable<Tables['bin']>): Bin => ({
  id: toId('bin', row.id),
  environmentId: toId('environment', row.environment_id),
  name: row.name,
  rules: row.rules.map(whole),
  answered: row.answered,
  endpointId: row.endpoint_id === null ? null : toId('endpoint', row.endpoint_id),
  lastSeq: Number(row.last_seq),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  listensTo: row.listens_to === null ? null : toId('endpoint', row.listens_to),
  expiresAt: row.expires_at,
})

/** Rules that were set before there was all of it. */
const whole = (rule: BinRule): BinRule => ({
  ...{ match: null, times: null },
  ...rule,
  answer: { ...PLAIN_ANSWER, ...rule.answer },
})

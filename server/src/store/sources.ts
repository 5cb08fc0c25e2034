import { type Selectable, sql } from 'kysely'
import { AppError, notFound } from '../domain/errors.ts'
import {
  type ApplicationId,
  type EnvironmentId,
  newId,
  parseId,
  type SourceId,
  toId,
  toUuid,
} from '../domain/ids.ts'
import { MAX_SOURCES, type Source, type SourceSettings } from '../domain/source.ts'
import type { Db } from './connect.ts'
import { refusingTaken } from './errors.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Seal } from './sealed.ts'
import type { Tables } from './tables.ts'
import { hashOf, randomToken } from './tokens.ts'

export type SourceFields = {
  applicationId: ApplicationId
  uid: string | null
  name: string
  settings: SourceSettings
  /** Undefined keeps the one there is. */
  verifyToken?: string | null
  paused: boolean
  disabled: boolean
}

/** Throws not_found, also for a source of another environment. */
export async function getSource(db: Db, environmentId: EnvironmentId, idOrUid: string) {
  const id = parseId('source', idOrUid)
  const row = await live(db, environmentId)
    .selectAll()
    .where(id === null ? 'uid' : 'id', '=', id === null ? idOrUid : toUuid(id))
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toSource(row)
}

export async function listSources(
  db: Db,
  environmentId: EnvironmentId,
  { request: page, applicationId }: { request: PageRequest; applicationId: ApplicationId | null },
): Promise<Page<Source>> {
  let query = live(db, environmentId)
    .selectAll()
    .where(beyondCursor(page, 'id', 'uuid'))
  if (applicationId !== null) query = query.where('application_id', '=', toUuid(applicationId))
  const rows = await query
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toSource), page)
}

/** With a token of its own. Throws conflict when the uid is taken, limit_reached with too many. */
export async function insertSource(
  tx: Db,
  seal: Seal,
  environmentId: EnvironmentId,
  fields: SourceFields,
): Promise<{ source: Source; token: string }> {
  const { count } = await live(tx, environmentId)
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  if (count >= MAX_SOURCES) {
    throw new AppError('limit_reached', `An environment has ${MAX_SOURCES} sources at most`)
  }
  const id = newId('source')
  const token = randomToken('bws_')
  const row = await refusingTakenUid(
    tx
      .insertInto('source')
      .values({
        id: toUuid(id),
        environment_id: toUuid(environmentId),
        token_hash: hashOf(token),
        token: seal.seal(token, placeOf('token', id)),
        ...toRow(id, fields, seal),
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
  return { source: toSource(row), token }
}

/** All fields as they are to be. */
export async function updateSource(
  db: Db,
  seal: Seal,
  id: SourceId,
  fields: SourceFields,
): Promise<Source> {
  const row = await refusingTakenUid(
    db
      .updateTable('source')
      .set((eb) => ({ ...toRow(id, fields, seal), updated_at: eb.fn<Date>('now') }))
      .where('id', '=', toUuid(id))
      .where('deleted_at', 'is', null)
      .returningAll()
      .executeTakeFirst(),
  )
  if (row === undefined) throw notFound()
  return toSource(row)
}

/** What came through it goes with the messages, when their time is over. */
export async function deleteSource(tx: Db, id: SourceId): Promise<void> {
  await tx.deleteFrom('source_secret').where('source_id', '=', toUuid(id)).execute()
  await sql`delete from inbound_noted where source_id = ${toUuid(id)}`.execute(tx)
  await tx
    .updateTable('source')
    .set((eb) => ({ deleted_at: eb.fn<Date>('now'), verify_token: null }))
    .where('id', '=', toUuid(id))
    .execute()
}

export async function getSourceToken(db: Db, seal: Seal, id: SourceId): Promise<string> {
  const row = await db
    .selectFrom('source')
    .select('token')
    .where('id', '=', toUuid(id))
    .executeTakeFirstOrThrow()
  return seal.open(row.token, placeOf('token', id))
}

/** The old one is unknown from now on. */
export async function rotateSourceToken(db: Db, seal: Seal, id: SourceId): Promise<string> {
  const token = randomToken('bws_')
  await db
    .updateTable('source')
    .set((eb) => ({
      token_hash: hashOf(token),
      token: seal.seal(token, placeOf('token', id)),
      updated_at: eb.fn<Date>('now'),
    }))
    .where('id', '=', toUuid(id))
    .execute()
  return token
}

export type KnownSource = { source: Source; verifyToken: string | null }

/** Null for an unknown token, and when the source is disabled or its application is gone. */
export async function findSourceByToken(
  db: Db,
  seal: Seal,
  token: string,
): Promise<KnownSource | null> {
  const row = await db
    .selectFrom('source')
    .innerJoin('application', 'application.id', 'source.application_id')
    .selectAll('source')
    .where('token_hash', '=', hashOf(token))
    .where('source.deleted_at', 'is', null)
    .where('source.disabled', '=', false)
    .where('application.deleted_at', 'is', null)
    .where('application.operational', '=', false)
    .executeTakeFirst()
  if (row === undefined) return null
  const source = toSource(row)
  return { source, verifyToken: openVerifyToken(row, seal) }
}

/** Of a source that was found already. */
export async function findSource(db: Db, id: SourceId): Promise<Source | null> {
  const row = await db
    .selectFrom('source')
    .selectAll()
    .where('id', '=', toUuid(id))
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row === undefined ? null : toSource(row)
}

export async function markConnected(db: Db, id: SourceId): Promise<void> {
  await db
    .updateTable('source')
    .set((eb) => ({ connected_at: eb.fn<Date>('now') }))
    .where('id', '=', toUuid(id))
    .execute()
}

const live = (db: Db, environmentId: EnvironmentId) =>
  db
    .selectFrom('source')
    .where('environment_id', '=', toUuid(environmentId))
    .where('deleted_at', 'is', null)

const refusingTakenUid = <Result>(write: Promise<Result>) =>
  refusingTaken({ constraint: 'source_uid', what: 'A source with this uid' }, write)

const toRow = (id: SourceId, fields: SourceFields, seal: Seal) => ({
  application_id: toUuid(fields.applicationId),
  uid: fields.uid,
  name: fields.name,
  settings: JSON.stringify(fields.settings),
  ...(fields.verifyToken !== undefined && {
    verify_token:
      fields.verifyToken === null
        ? null
        : seal.seal(fields.verifyToken, placeOf('verify_token', id)),
  }),
  paused: fields.paused,
  disabled: fields.disabled,
})

const openVerifyToken = ({ id, verify_token }: Selectable<Tables['source']>, seal: Seal) =>
  verify_token && seal.open(verify_token, placeOf('verify_token', toId('source', id)))

const placeOf = (column: 'token' | 'verify_token', id: SourceId) => `source.${column}/${id}`

const toSource = (row: Selectable<Tables['source']>): Source => ({
  id: toId('source', row.id),
  environmentId: toId('environment', row.environment_id),
  applicationId: toId('application', row.application_id),
  uid: row.uid,
  name: row.name,
  settings: row.settings,
  hasVerifyToken: row.verify_token !== null,
  paused: row.paused,
  disabled: row.disabled,
  connectedAt: row.connected_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

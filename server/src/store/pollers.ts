import { type Selectable, sql } from 'kysely'
import { AppError, notFound } from '../domain/errors.ts'
import { type ApplicationId, newId, type PollerId, parseId, toId, toUuid } from '../domain/ids.ts'
import { MAX_POLLERS, type Poller } from '../domain/poller.ts'
import type { Db } from './connect.ts'
import { refusingTaken } from './errors.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import { insertPollerToken } from './poller-tokens.ts'
import type { Seal } from './sealed.ts'
import type { Tables } from './tables.ts'

export type PollerFields = Pick<Poller, 'uid' | 'description' | 'eventTypes' | 'channels'>

/** Throws not_found, also for a poller of another application. */
export async function getPoller(db: Db, applicationId: ApplicationId, idOrUid: string) {
  const id = parseId('poller', idOrUid)
  const row = await live(db, applicationId)
    .selectAll()
    .where(id === null ? 'uid' : 'id', '=', id === null ? idOrUid : toUuid(id))
    .executeTakeFirst()
  if (row === undefined) throw notFound()
  return toPoller(row)
}

export async function listPollers(
  db: Db,
  applicationId: ApplicationId,
  page: PageRequest,
): Promise<Page<Poller>> {
  const rows = await live(db, applicationId)
    .selectAll()
    .where(beyondCursor(page, 'id', 'uuid'))
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toPoller), page)
}

/** With a token of its own. Throws conflict when the uid is taken, limit_reached with too many. */
export async function insertPoller(
  tx: Db,
  seal: Seal,
  applicationId: ApplicationId,
  fields: PollerFields,
): Promise<Poller> {
  const { count } = await live(tx, applicationId)
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  if (count >= MAX_POLLERS) {
    throw new AppError('limit_reached', `An application has ${MAX_POLLERS} pollers at most`)
  }
  const row = await refusingTakenUid(
    tx
      .insertInto('poller')
      .values({
        id: toUuid(newId('poller')),
        application_id: toUuid(applicationId),
        ...toRow(fields),
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
  const poller = toPoller(row)
  await insertPollerToken(tx, seal, poller.id, { expirySeconds: null })
  return poller
}

/** Changes what is named and keeps the rest. Counts for messages from now on. */
export async function updatePoller(
  db: Db,
  { id, applicationId }: Pick<Poller, 'id' | 'applicationId'>,
  fields: Partial<PollerFields>,
): Promise<Poller> {
  const row = await refusingTakenUid(
    db
      .updateTable('poller')
      .set((eb) => ({ ...toPatchRow(fields), updated_at: eb.fn<Date>('now') }))
      .where('application_id', '=', toUuid(applicationId))
      .where('id', '=', toUuid(id))
      .where('deleted_at', 'is', null)
      .returningAll()
      .executeTakeFirst(),
  )
  if (row === undefined) throw notFound()
  return toPoller(row)
}

/** What it still had goes with the messages, when their time is over. */
export async function deletePoller(tx: Db, id: PollerId): Promise<void> {
  await tx.deleteFrom('poller_token').where('poller_id', '=', toUuid(id)).execute()
  await tx.deleteFrom('poller_consumer').where('poller_id', '=', toUuid(id)).execute()
  await tx
    .updateTable('poller')
    .set((eb) => ({ deleted_at: eb.fn<Date>('now') }))
    .where('id', '=', toUuid(id))
    .execute()
}

const live = (db: Db, applicationId: ApplicationId) =>
  db
    .selectFrom('poller')
    .where('application_id', '=', toUuid(applicationId))
    .where('deleted_at', 'is', null)

const refusingTakenUid = <Result>(write: Promise<Result>) =>
  refusingTaken({ constraint: 'poller_uid', what: 'A poller with this uid' }, write)

const toRow = ({ uid, description, eventTypes, channels }: PollerFields) => ({
  uid,
  description,
  event_types: eventTypes,
  channels,
})

/** Kysely writes no column whose value is undefined. */
const toPatchRow = (fields: Partial<PollerFields>): Partial<ReturnType<typeof toRow>> =>
  toRow(fields as PollerFields)

const toPoller = (row: Selectable<Tables['poller']>): Poller => ({
  id: toId('poller', row.id),
  applicationId: toId('application', row.application_id),
  uid: row.uid,
  description: row.description,
  eventTypes: row.event_types,
  channels: row.channels,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

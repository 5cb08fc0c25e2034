import { type Selectable, sql } from 'kysely'
import type { Metadata } from '../domain/application.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import type { EndpointAuth } from '../domain/endpoint-auth.ts'
import { notFound } from '../domain/errors.ts'
import { groupsOf } from '../domain/event-type-group.ts'
import type { DisabledReason } from '../domain/health.ts'
import { type ApplicationId, type EndpointId, newId, parseId, toId, toUuid } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { RetrySchedule } from '../domain/retry.ts'
import type { SigningSecret } from '../domain/signing-secret.ts'
import type { Db } from './connect.ts'
import { insertSecret } from './endpoint-secrets.ts'
import { refusingTaken } from './errors.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Seal } from './sealed.ts'
import type { Tables } from './tables.ts'
import { inTransaction } from './transaction.ts'
import { demandVerification, forgetVerification } from './verifications.ts'

export type EndpointFields = {
  uid: string | null
  url: string
  /** `user:pass`, already taken out of the URL; undefined leaves what is stored. */
  credentials: string | null | undefined
  description: string
  disabled: boolean
  eventTypes: string[] | null
  channels: string[] | null
  throttleRate: number | null
  retrySchedule: RetrySchedule | null
  disableAfterFailures: number | null
  fifo: boolean
  gzip: boolean
  /** Undefined leaves what is stored. */
  filter: StoredFilter | undefined
  metadata: Metadata
  version: number
}

/** A filter as its owner wrote it, and the segments that it names. */
export type StoredFilter = { json: object | null; segments: string[] }

/** Throws not_found, also for an endpoint of another application. */
export async function getEndpoint(db: Db, applicationId: ApplicationId, idOrUid: string) {
  const endpoint = await findEndpoint(db, applicationId, idOrUid)
  if (endpoint === null) throw notFound()
  return endpoint
}

/** `withDeleted` also finds a deleted endpoint by its id: its attempts can still be read. */
export async function findEndpoint(
  db: Db,
  applicationId: ApplicationId,
  idOrUid: string,
  { withDeleted = false }: { withDeleted?: boolean } = {},
): Promise<Endpoint | null> {
  const id = parseId('endpoint', idOrUid)
  let query = db
    .selectFrom('endpoint')
    .selectAll()
    .where('application_id', '=', toUuid(applicationId))
  query = id === null ? query.where('uid', '=', idOrUid) : query.where('id', '=', toUuid(id))
  if (id === null || !withDeleted) query = query.where('deleted_at', 'is', null)
  const row = await query.executeTakeFirst()
  return row === undefined ? null : toEndpoint(row)
}

/** `hooks` are only those that integration platforms made. */
export async function listEndpoints(
  db: Db,
  applicationId: ApplicationId,
  page: PageRequest,
  { hooks = false }: { hooks?: boolean } = {},
): Promise<Page<Endpoint>> {
  let query = db
    .selectFrom('endpoint')
    .selectAll()
    .where('application_id', '=', toUuid(applicationId))
    .where('deleted_at', 'is', null)
    .where(beyondCursor(page, 'id', 'uuid'))
  if (hooks) query = query.where('hook', '=', true)
  const rows = await query
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toEndpoint), page)
}

/** Whether any endpoint would get such a message now: the conditions of accept-messages.ts. */
export async function hasMatchingEndpoint(
  db: Db,
  applicationId: ApplicationId,
  { eventType, channels }: Pick<Message, 'eventType' | 'channels'>,
): Promise<boolean> {
  const found = await db
    .selectFrom('endpoint')
    .select('id')
    .where('application_id', '=', toUuid(applicationId))
    .where('deleted_at', 'is', null)
    .where('disabled', '=', false)
    .where(
      sql<boolean>`(event_types is null or ${eventType}::text = any (event_types)
        or event_types && ${groupsOf(eventType)}::text[])`,
    )
    .where(sql<boolean>`(channels is null or channels && ${channels}::text[])`)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

type NewEndpoint = {
  fields: EndpointFields
  secret: SigningSecret
  headers: Record<string, string>
  auth?: EndpointAuth | null
  hook?: boolean
  /** It is off until its URL has answered. */
  unverified?: boolean
}

/** Throws conflict when the uid is taken. */
export async function insertEndpoint(
  db: Db,
  seal: Seal,
  applicationId: ApplicationId,
  { fields, secret, headers, auth = null, hook = false, unverified = false }: NewEndpoint,
): Promise<Endpoint> {
  const id = newId('endpoint')
  const row = await refusingTakenUid(
    inTransaction(db, async (tx) => {
      const inserted = await tx
        .insertInto('endpoint')
        .values({
          id: toUuid(id),
          application_id: toUuid(applicationId),
          ...toRow(fields),
          hook,
          disabled: fields.disabled || unverified,
          disabled_reason: unverified ? 'unverified' : fields.disabled ? 'manual' : null,
          credentials: sealCredentials(seal, id, fields.credentials ?? null),
          headers: sealHeaders(seal, id, headers),
          auth: sealAuth(seal, id, auth),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      await insertSecret(tx, seal, id, secret)
      if (unverified) await demandVerification(tx, id, { disabled: fields.disabled })
      return inserted
    }),
  )
  return toEndpoint(row)
}

/**
 * Changes what is named and keeps the rest. Throws not_found, or conflict when the new uid is taken.
 * The next attempt uses what is new.
 */
export async function updateEndpoint(
  db: Db,
  seal: Seal,
  { applicationId, id }: { applicationId: ApplicationId; id: EndpointId },
  fields: Partial<EndpointFields> & { disabledReason?: 'unverified' },
): Promise<{ before: Endpoint; after: Endpoint }> {
  const change = inTransaction(db, async (tx) => {
    const before = await tx
      .selectFrom('endpoint')
      .selectAll()
      .where('application_id', '=', toUuid(applicationId))
      .where('id', '=', toUuid(id))
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (before === undefined) throw notFound()
    const after = await tx
      .updateTable('endpoint')
      .set((eb) => ({
        ...toPatchRow(fields),
        ...(fields.disabled !== undefined && {
          // One that was switched off for another reason keeps it until it is switched on.
          disabled_reason: fields.disabled
            ? (fields.disabledReason ?? sql<string>`coalesce(disabled_reason, 'manual')`)
            : null,
        }),
        ...(fields.credentials !== undefined && {
          credentials: sealCredentials(seal, id, fields.credentials),
        }),
        updated_at: eb.fn<Date>('now'),
        revision: eb('revision', '+', 1),
      }))
      .where('id', '=', toUuid(id))
      .returningAll()
      .executeTakeFirstOrThrow()
    // Switching on is a new start; any other change must not hide how long it has been failing.
    if (before.disabled && !after.disabled) await forgetHealth(tx, id)
    return { before: toEndpoint(before), after: toEndpoint(after) }
  })
  return refusingTakenUid(change)
}

/** Throws not_found. What waits for it ends by endPendingDeliveries, or when it is due. */
export async function deleteEndpoint(db: Db, applicationId: ApplicationId, id: EndpointId) {
  await inTransaction(db, async (tx) => {
    // Before the endpoint, in the order of those that verify it.
    await forgetVerification(tx, id)
    const { numUpdatedRows } = await tx
      .updateTable('endpoint')
      .set((eb) => ({
        deleted_at: eb.fn<Date>('now'),
        updated_at: eb.fn<Date>('now'),
        credentials: null,
        headers: null,
        auth: null,
        revision: eb('revision', '+', 1),
      }))
      .where('application_id', '=', toUuid(applicationId))
      .where('id', '=', toUuid(id))
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw notFound()
    await tx.deleteFrom('endpoint_secret').where('endpoint_id', '=', toUuid(id)).execute()
    await tx.deleteFrom('endpoint_transport').where('endpoint_id', '=', toUuid(id)).execute()
    await forgetHealth(tx, id)
  })
}

/** All custom headers, sensitive ones included. */
export async function getHeaders(
  db: Db,
  seal: Seal,
  id: EndpointId,
): Promise<Record<string, string>> {
  const row = await db
    .selectFrom('endpoint')
    .select('headers')
    .where('id', '=', toUuid(id))
    .executeTakeFirst()
  return openHeaders(seal, id, row?.headers ?? null)
}

/**
 * Replaces all custom headers with what `change` makes of the present ones, and of how the endpoint's
 * requests prove themselves; returns both.
 */
export async function changeHeaders(
  db: Db,
  seal: Seal,
  id: EndpointId,
  change: (present: Record<string, string>, auth: EndpointAuth | null) => Record<string, string>,
): Promise<{ before: Record<string, string>; after: Record<string, string> }> {
  return changeEndpoint(db, id, async (tx, row) => {
    const before = ifReadable(() => openHeaders(seal, id, row.headers)) ?? {}
    const auth = ifReadable(() => openAuth(seal, id, row.auth))
    const after = change(before, auth)
    const headers = sealHeaders(seal, id, after)
    await tx.updateTable('endpoint').set({ headers }).where('id', '=', toUuid(id)).execute()
    return { before, after }
  })
}

/** Runs `change` while the endpoint's row is locked, then counts its revision up. Throws not_found. */
export async function changeEndpoint<Result>(
  db: Db,
  id: EndpointId,
  change: (tx: Db, row: Selectable<Tables['endpoint']>) => Promise<Result>,
): Promise<Result> {
  return inTransaction(db, async (tx) => {
    const row = await tx
      .selectFrom('endpoint')
      .selectAll()
      .where('id', '=', toUuid(id))
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) throw notFound()
    const result = await change(tx, row)
    await tx
      .updateTable('endpoint')
      .set((eb) => ({ revision: eb('revision', '+', 1), updated_at: eb.fn<Date>('now') }))
      .where('id', '=', toUuid(id))
      .execute()
    return result
  })
}

async function forgetHealth(db: Db, id: EndpointId) {
  await db.deleteFrom('endpoint_health').where('endpoint_id', '=', toUuid(id)).execute()
}

const refusingTakenUid = <Result>(write: Promise<Result>) =>
  refusingTaken({ constraint: 'endpoint_uid', what: 'An endpoint with this uid' }, write)

const sealCredentials = (seal: Seal, id: EndpointId, credentials: string | null) =>
  credentials === null ? null : seal.seal(credentials, `endpoint.credentials/${id}`)

export const openCredentials = (seal: Seal, id: EndpointId, sealed: Buffer | null) =>
  sealed === null ? null : seal.open(sealed, `endpoint.credentials/${id}`)

const sealHeaders = (seal: Seal, id: EndpointId, headers: Record<string, string>) =>
  Object.keys(headers).length === 0
    ? null
    : seal.seal(JSON.stringify(headers), `endpoint.headers/${id}`)

export const openHeaders = (
  seal: Seal,
  id: EndpointId,
  sealed: Buffer | null,
): Record<string, string> =>
  sealed === null ? {} : JSON.parse(seal.open(sealed, `endpoint.headers/${id}`))

export const sealAuth = (seal: Seal, id: EndpointId, auth: EndpointAuth | null) =>
  auth === null ? null : seal.seal(JSON.stringify(auth), `endpoint.auth/${id}`)

export const openAuth = (seal: Seal, id: EndpointId, sealed: Buffer | null): EndpointAuth | null =>
  sealed === null ? null : JSON.parse(seal.open(sealed, `endpoint.auth/${id}`))

/** What was sealed under another main secret must not stand in the way of what takes its place. */
export function ifReadable<Value>(open: () => Value): Value | null {
  try {
    return open()
  } catch {
    return null
  }
}

const toRow = (fields: EndpointFields) => ({
  uid: fields.uid,
  url: fields.url,
  description: fields.description,
  disabled: fields.disabled,
  event_types: fields.eventTypes,
  channels: fields.channels,
  throttle_rate: fields.throttleRate,
  retry_schedule: fields.retrySchedule as number[] | null,
  disable_after_failures: fields.disableAfterFailures,
  fifo: fields.fifo,
  gzip: fields.gzip,
  ...(fields.filter !== undefined && toFilterRow(fields.filter)),
  metadata: JSON.stringify(fields.metadata),
  version: fields.version,
})

export const toFilterRow = ({ json, segments }: StoredFilter) => ({
  filter: json && JSON.stringify(json),
  filter_segments: segments.length === 0 ? null : segments,
})

/** Kysely writes no column whose value is undefined. */
const toPatchRow = (fields: Partial<EndpointFields>): Partial<ReturnType<typeof toRow>> =>
  toRow(fields as EndpointFields)

export const toEndpoint = (row: Selectable<Tables['endpoint']>): Endpoint => ({
  id: toId('endpoint', row.id),
  applicationId: toId('application', row.application_id),
  uid: row.uid,
  url: row.url,
  hasCredentials: row.credentials !== null,
  description: row.description,
  disabled: row.disabled,
  disabledReason: row.disabled_reason as DisabledReason | null,
  eventTypes: row.event_types,
  channels: row.channels,
  throttleRate: row.throttle_rate,
  retrySchedule: row.retry_schedule,
  disableAfterFailures: row.disable_after_failures,
  fifo: row.fifo,
  gzip: row.gzip,
  filter: row.filter,
  hook: row.hook,
  metadata: row.metadata,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

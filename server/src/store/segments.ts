import { type Selectable, sql } from 'kysely'
import type { EndpointFilter } from '../domain/endpoint.ts'
import { notFound } from '../domain/errors.ts'
import type { Filter, Segments } from '../domain/filter/filter.ts'
import { isProblem, parseFilter } from '../domain/filter/parse.ts'
import {
  type ApplicationId,
  type EndpointId,
  type EnvironmentId,
  toId,
  toUuid,
} from '../domain/ids.ts'
import type { Segment } from '../domain/segment.ts'
import type { Db } from './connect.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'

/** Whose segments: an application's, or (without one) those that all of an environment may name. */
export type SegmentOwner = { environmentId: EnvironmentId; applicationId: ApplicationId | null }

export async function listSegments(
  db: Db,
  owner: SegmentOwner,
  page: PageRequest,
): Promise<Page<Segment>> {
  const rows = await ownedBy(db, owner)
    .selectAll()
    .where(beyondCursor(page, 'name', 'text'))
    .orderBy('name', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toSegment), page)
}

export async function findSegment(db: Db, owner: SegmentOwner, name: string) {
  const row = await ownedBy(db, owner).selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : toSegment(row)
}

/** Throws not_found. */
export async function getSegment(db: Db, owner: SegmentOwner, name: string) {
  const segment = await findSegment(db, owner, name)
  if (segment === null) throw notFound()
  return segment
}

/**
 * Creates or replaces it. Every endpoint that names it gets a new revision, so that the next delivery
 * is asked by what it says now.
 */
export async function putSegment(
  tx: Db,
  owner: SegmentOwner,
  { name, description, filter }: Pick<Segment, 'name' | 'description' | 'filter'>,
): Promise<{ segment: Segment; endpoints: EndpointId[] }> {
  const values = { description, filter: JSON.stringify(filter) }
  const row = await tx
    .insertInto('segment')
    .values({
      environment_id: toUuid(owner.environmentId),
      application_id: owner.applicationId && toUuid(owner.applicationId),
      name,
      ...values,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['environment_id', 'application_id', 'name'])
        .doUpdateSet((eb) => ({ ...values, updated_at: eb.fn<Date>('now') })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  const { rows } = await sql<{ id: string }>`
    update endpoint e set revision = revision + 1, updated_at = now()
     where ${namesIt(owner, name)}
    returning id`.execute(tx)
  return { segment: toSegment(row), endpoints: rows.map(({ id }) => toId('endpoint', id)) }
}

/** Throws not_found. */
export async function deleteSegment(tx: Db, owner: SegmentOwner, name: string): Promise<void> {
  const { application_id, environment_id } = keyOf(owner)
  const { numDeletedRows } = await tx
    .deleteFrom('segment')
    .where('environment_id', '=', environment_id)
    .where('application_id', application_id === null ? 'is' : '=', application_id)
    .where('name', '=', name)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw notFound()
}

/** How many endpoints name it. */
export async function countEndpointsNaming(db: Db, owner: SegmentOwner, name: string) {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from endpoint e where ${namesIt(owner, name)}`.execute(db)
  return rows[0]!.count
}

/** The array condition has an index; an application's own segment of a name comes before the shared. */
function namesIt(owner: SegmentOwner, name: string) {
  const { application_id, environment_id } = keyOf(owner)
  const owned =
    application_id === null
      ? sql`e.application_id in (select id from application where environment_id = ${environment_id})`
      : sql`e.application_id = ${application_id}`
  return sql`e.filter_segments @> array[${name}]::text[] and e.deleted_at is null and ${owned}`
}

/** Which of these names an endpoint of the application cannot use. */
export async function findUnknownSegments(
  db: Db,
  { environmentId, applicationId }: SegmentOwner,
  names: string[],
): Promise<string[]> {
  if (names.length === 0) return []
  const found = await segmentsFor(db, { environmentId, applicationId }, names)
  return names.filter((name) => !found.has(name))
}

/** What these names mean to an application: its own segments, else those of the environment. */
export async function segmentsFor(
  db: Db,
  { environmentId, applicationId }: SegmentOwner,
  names: string[],
): Promise<Segments> {
  if (names.length === 0) return new Map()
  const rows = await db
    .selectFrom('segment')
    .select(['name', 'filter'])
    .where('environment_id', '=', toUuid(environmentId))
    .where('name', 'in', names)
    .where((eb) =>
      eb.or([
        eb('application_id', 'is', null),
        ...(applicationId === null ? [] : [eb('application_id', '=', toUuid(applicationId))]),
      ]),
    )
    // The application's own is read last and stays.
    .orderBy(sql`application_id is not null`)
    .execute()
  return new Map(rows.map(({ name, filter }) => [name, parsed(filter)]))
}

type FilteredRow = Pick<
  Selectable<Tables['endpoint']>,
  'id' | 'application_id' | 'filter' | 'filter_segments'
> & { environment_id: string; metadata: Record<string, string> }

/** By endpoint, what its filter names. One question for all of them; none when none names any. */
export async function listSegmentsOf(
  db: Db,
  endpoints: FilteredRow[],
): Promise<Map<string, Segments>> {
  const ids = endpoints.filter((row) => row.filter_segments?.length).map(({ id }) => id)
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ endpoint_id: string; name: string; filter: object }>`
    select e.id as endpoint_id, s.name, s.filter
      from endpoint e
      join application a on a.id = e.application_id
     cross join unnest(e.filter_segments) as named (name)
      join segment s on s.environment_id = a.environment_id and s.name = named.name
       and (s.application_id is null or s.application_id = e.application_id)
     where e.id = any (${ids}::uuid[])
     -- The application's own is read last and stays.
     order by s.application_id is not null`.execute(db)
  const byEndpoint = new Map(ids.map((id) => [id, new Map<string, Filter>()]))
  for (const row of rows) byEndpoint.get(row.endpoint_id)!.set(row.name, parsed(row.filter))
  return byEndpoint
}

/** Throws for a filter that this Bellwire cannot read. */
export function toEndpointFilter(
  { id, filter, metadata }: FilteredRow,
  segments: Map<string, Segments>,
): EndpointFilter | null {
  if (filter === null) return null
  return { filter: parsed(filter), segments: segments.get(id) ?? new Map(), metadata }
}

function parsed(json: unknown): Filter {
  const filter = parseFilter(json, { segments: true })
  if (isProblem(filter)) throw new Error(`a stored filter cannot be read: ${filter.message}`)
  return filter
}

const keyOf = ({ environmentId, applicationId }: SegmentOwner) => ({
  environment_id: toUuid(environmentId),
  application_id: applicationId && toUuid(applicationId),
})

function ownedBy(db: Db, owner: SegmentOwner) {
  const { application_id, environment_id } = keyOf(owner)
  return db
    .selectFrom('segment')
    .where('environment_id', '=', environment_id)
    .where('application_id', application_id === null ? 'is' : '=', application_id)
}

const toSegment = (row: Selectable<Tables['segment']>): Segment => ({
  name: row.name,
  description: row.description,
  filter: row.filter,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

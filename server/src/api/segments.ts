// Segments: named conditions that filters of endpoints name, of one application or of all of them.
import { z } from 'zod'
import { AppError, invalid } from '../domain/errors.ts'
import type { Segment } from '../domain/segment.ts'
import {
  countEndpointsNaming,
  deleteSegment,
  findSegment,
  getSegment,
  listSegments,
  putSegment,
  type SegmentOwner,
} from '../store/segments.ts'
import { Answer } from './answer.ts'
import { cleanText, EVENT_TYPE_NAME as NAME, time } from './fields.ts'
import { FilterOut, filterJson, readFilter } from './filter-shape.ts'
import { envelope, orderQuery, pageByName, pageQuery, toEnvelope } from './lists.ts'
import { fieldsOf, type HandlerDeps } from './record.ts'
import { type Input, route } from './route.ts'
import { wireShapes } from './shapes.ts'

const SegmentIn = z
  .object({ description: cleanText(10_000).optional(), filter: filterJson().optional() })
  .register(wireShapes, { id: 'SegmentIn' })

const SegmentOut = z
  .object({
    name: z.string(),
    description: z.string(),
    filter: FilterOut(),
    createdAt: time(),
    updatedAt: time(),
  })
  .register(wireShapes, { id: 'SegmentOut' })

type Named = Pick<Input<string, unknown, unknown>, 'caller' | 'params'>

export const segmentRoutes = [
  ...routesOf('/api/v1/segment', {
    access: 'environment',
    id: 'bellwire.segment',
    whose: 'that filters in all applications may name',
    ownerOf: ({ caller }) => ({ environmentId: caller.environmentId, applicationId: null }),
  }),
  ...routesOf('/api/v1/app/:app_id/segment', {
    access: 'application',
    id: 'bellwire.application.segment',
    whose: 'of an application',
    ownerOf: ({ caller, application }) => ({
      environmentId: caller.environmentId,
      applicationId: application!.id,
    }),
  }),
]

type Owned = Named & { application?: { id: NonNullable<SegmentOwner['applicationId']> } }

function routesOf(
  path: string,
  {
    access,
    id,
    whose,
    ownerOf,
  }: {
    access: 'environment' | 'application'
    id: string
    whose: string
    ownerOf(input: Owned): SegmentOwner
  },
) {
  const one = `${path}/:segment_name`
  const managed = access === 'application' ? { capability: 'ManageEndpoint' as const } : {}
  return [
    route({
      method: 'GET',
      path,
      access,
      operationId: `${id}.list`,
      summary: `List the segments ${whose}, by name`,
      query: z.object({ ...pageQuery, ...orderQuery }),
      status: 200,
      output: envelope(SegmentOut),
      async handle(input, { store }) {
        const request = pageByName(input.query, 'ascending', NAME)
        const page = await listSegments(store.db, ownerOf(input as Owned), request)
        return toEnvelope(page, { name: ({ name }) => name, out: toSegmentOut })
      },
    }),

    route({
      method: 'GET',
      path: one,
      access,
      operationId: `${id}.get`,
      summary: `Get a segment ${whose}`,
      status: 200,
      output: SegmentOut,
      async handle(input, { store }) {
        const segment = await getSegment(store.db, ownerOf(input as Owned), nameIn(input))
        return toSegmentOut(segment)
      },
    }),

    route({
      method: 'PUT',
      path: one,
      access,
      ...managed,
      operationId: `${id}.upsert`,
      summary: `Create or replace a segment ${whose}; the path is its name`,
      body: SegmentIn,
      status: 200,
      alsoStatus: 201,
      output: SegmentOut,
      records: 'segment',
      async handle(input, deps) {
        const { before, segment } = await put(deps, {
          owner: ownerOf(input as Owned),
          name: checkedName(nameIn(input)),
          body: input.body,
        })
        return new Answer(before === null ? 201 : 200, toSegmentOut(segment))
      },
    }),

    route({
      method: 'DELETE',
      path: one,
      access,
      ...managed,
      operationId: `${id}.delete`,
      summary: `Delete a segment ${whose} that no filter names`,
      status: 204,
      records: 'segment',
      async handle(input, { store, record }) {
        const owner = ownerOf(input as Owned)
        const name = nameIn(input)
        const before = await getSegment(store.db, owner, name)
        const naming = await countEndpointsNaming(store.db, owner, name)
        if (naming > 0) {
          throw new AppError(
            'conflict',
            `Filters of ${naming} endpoints name this segment: change them first`,
          )
        }
        await deleteSegment(store.db, owner, name)
        await record(store.db, { ...targetOf(owner, name), before: fieldsOf(before) })
      },
    }),
  ]
}

type Put = { owner: SegmentOwner; name: string; body: z.output<typeof SegmentIn> }

async function put({ store, record, endpointChanged }: HandlerDeps, { owner, name, body }: Put) {
  readFilter(body.filter, { loc: ['body', 'filter'], segments: false })
  const before = await findSegment(store.db, owner, name)
  const { segment, endpoints } = await putSegment(store.db, owner, {
    name,
    description: body.description ?? '',
    filter: body.filter as object,
  })
  await record(store.db, {
    ...targetOf(owner, name),
    before: before && fieldsOf(before),
    after: fieldsOf(segment),
  })
  for (const id of endpoints) endpointChanged(id)
  return { before, segment }
}

const nameIn = ({ params }: Pick<Named, 'params'>) => params['segment_name']!

function checkedName(name: string): string {
  if (name.length <= 256 && NAME.test(name)) return name
  throw invalid(
    ['path', 'segment_name'],
    'a name has 1 to 256 letters, digits, "-", "_" and "." only',
  )
}

const targetOf = ({ applicationId }: SegmentOwner, name: string) => ({
  target: { kind: 'segment' as const, id: name },
  ...(applicationId !== null && { applicationId }),
})

const toSegmentOut = (segment: Segment): z.input<typeof SegmentOut> => ({
  name: segment.name,
  description: segment.description,
  filter: segment.filter as Record<string, unknown>,
  createdAt: segment.createdAt.toISOString(),
  updatedAt: segment.updatedAt.toISOString(),
})

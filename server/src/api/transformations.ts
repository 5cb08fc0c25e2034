// The code of an endpoint, which makes requests of its messages: read, changed, tried, and gone back to.
import { z } from 'zod'
import { REDACTED } from '../domain/change.ts'
import { invalid } from '../domain/errors.ts'
import {
  changeTransformation,
  getTransformation,
  listVersions,
  rollBack,
  type Transformation,
} from '../store/shapes.ts'
import { noteEndpoint } from './endpoint-changes.ts'
import { namesTo, time } from './fields.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'
import { code, SimulatedOut, simulate, tried } from './simulate.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/transformation'
const MAX_VARIABLES_BYTES = 16_384

const variables = () => namesTo(z.string().max(4_096))

export const transformationRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    // Code and variables may hold keys.
    capability: 'ViewEndpointSecret',
    operationId: 'v1.endpoint.transformation.get',
    summary: 'Get the transformation of an endpoint',
    status: 200,
    output: z
      .object({
        code: z.string().nullable(),
        enabled: z.boolean(),
        variables: z.record(z.string(), z.string()),
        version: z.number().nullable(),
        updatedAt: time().nullable(),
      })
      .register(wireShapes, { id: 'EndpointTransformationOut' }),
    async handle({ endpoint }, { store, seal }) {
      const { updatedAt, ...rest } = await getTransformation(store.db, seal, endpoint.id)
      return { ...rest, updatedAt: updatedAt?.toISOString() ?? null }
    },
  }),

  route({
    method: 'PATCH',
    path: PATH,
    access: 'application',
    capability: 'ManageTransformations',
    operationId: 'v1.endpoint.transformation.patch',
    summary: 'Change the transformation of an endpoint; other code is a new version',
    body: z
      .object({
        code: code().nullish(),
        enabled: z.boolean().optional(),
        variables: variables().nullish(),
      })
      .register(wireShapes, { id: 'EndpointTransformationPatch' }),
    bodyOptional: true,
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      const { before, after } = await changeTransformation(deps.store.db, deps.seal, endpoint.id, {
        code: body.code,
        enabled: body.enabled,
        variables: body.variables === undefined ? undefined : bounded(body.variables ?? {}),
      })
      const replaced = body.variables === undefined ? [] : ['variables']
      await noteEndpoint(deps, {
        owner: application,
        endpoint,
        change: { before: shown(before), after: shown(after), replaced },
        events: [{ type: 'endpoint.updated' }],
      })
    },
  }),

  route({
    method: 'GET',
    path: `${PATH}/version`,
    access: 'application',
    capability: 'ViewEndpointSecret',
    operationId: 'bellwire.endpoint.transformation.list-versions',
    summary: 'List the versions of the code that are kept, newest first',
    status: 200,
    output: z.object({
      data: z.array(
        z.object({
          version: z.number(),
          code: z.string(),
          current: z.boolean(),
          createdAt: time(),
        }),
      ),
    }),
    async handle({ endpoint }, { store, seal }) {
      const { version: current } = await getTransformation(store.db, seal, endpoint.id)
      const versions = await listVersions(store.db, endpoint.id)
      return {
        data: versions.map(({ version, code, createdAt }) => ({
          ...{ version, code, current: version === current },
          createdAt: createdAt.toISOString(),
        })),
      }
    },
  }),

  route({
    method: 'POST',
    path: `${PATH}/rollback`,
    access: 'application',
    capability: 'ManageTransformations',
    operationId: 'bellwire.endpoint.transformation.roll-back',
    summary: 'Use a version of the code again',
    body: z.object({ version: z.number().int().min(1).max(2_147_483_647) }),
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      const { store, seal } = deps
      const { version } = await getTransformation(store.db, seal, endpoint.id)
      await rollBack(store.db, endpoint.id, body.version)
      await noteEndpoint(deps, {
        owner: application,
        endpoint,
        change: { before: { version }, after: { version: body.version } },
        events: [{ type: 'endpoint.updated' }],
      })
    },
  }),

  route({
    method: 'POST',
    path: `${PATH}/simulate`,
    access: 'application',
    capability: 'ManageTransformations',
    operationId: 'v1.endpoint.transformation.simulate',
    summary: 'Run code on a message and show the request that it makes; nothing is sent',
    body: z.object({ code: code(), variables: variables().nullish(), ...tried }),
    records: { nothing: 'it only looks' },
    transaction: false,
    status: 200,
    output: SimulatedOut,
    async handle({ endpoint: { url }, body }, deps) {
      const variables = bounded(body.variables ?? {})
      return simulate(deps, body, { code: body.code, variables, url })
    },
  }),
]

function bounded(given: Record<string, string>): Record<string, string> {
  if (Buffer.byteLength(JSON.stringify(given)) <= MAX_VARIABLES_BYTES) return given
  throw invalid(['body', 'variables'], `at most ${MAX_VARIABLES_BYTES} bytes as JSON`)
}

/** Code may hold a key, too: the log has its version, and that is where the code is. */
const shown = ({ enabled, version, variables }: Transformation) => ({
  ...{ enabled, version },
  variables: Object.fromEntries(Object.keys(variables).map((name) => [name, REDACTED])),
})

// REST hooks: how integration platforms subscribe and unsubscribe for their users. A hook is an endpoint
// of the application whose token asks, and can do all that endpoints can.
import { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import { visibleFlags } from '../domain/access.ts'
import type { Application } from '../domain/application.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { invalid, invariant, notFound } from '../domain/errors.ts'
import { getApplication } from '../store/applications.ts'
import type { Db } from '../store/connect.ts'
import { getEndpoint, listEndpoints } from '../store/endpoints.ts'
import { findUnusableEventTypes } from '../store/event-types.ts'
import type { ApiDeps } from './deps.ts'
import { assertReachable, eventTypes } from './endpoint-shape.ts'
import { create, remove } from './endpoint-writes.ts'
import { cleanText, eventTypeOrGroup, time } from './fields.ts'
import { FilterOut, filterJson } from './filter-shape.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, text, toEnvelope } from './lists.ts'
import { pathId, route } from './route.ts'
import { onTheWire, wireShapes } from './shapes.ts'

const PATH = '/hooks'
const ONE = '/hooks/:hook_id'
const MAX_URL = 65_536

/** Whose hooks; a token says so by itself. */
export const ofApplication = {
  app_id: onTheWire(text(), {
    type: 'string',
    description: 'The id or uid of the application: required of an API key',
  }),
}

const HookIn = z
  .object({
    targetUrl: z
      .string()
      .max(MAX_URL)
      .meta({ format: 'uri', examples: ['https://hooks.example.com/u/1'] }),
    event: eventTypeOrGroup().optional(),
    events: eventTypes().optional(),
    filter: filterJson().optional(),
    description: cleanText(10_000).optional(),
  })
  .register(wireShapes, { id: 'HookIn' })

const HookOut = z
  .object({
    id: z.string(),
    targetUrl: z.string(),
    /** Null when it was changed to want all of them. */
    events: z.array(z.string()).nullable(),
    filter: FilterOut(),
    description: z.string(),
    disabled: z.boolean(),
    createdAt: time(),
  })
  .register(wireShapes, { id: 'HookOut' })

export const hookRoutes = [
  route({
    method: 'POST',
    path: PATH,
    access: 'application',
    hooks: true,
    capability: 'ManageEndpoint',
    operationId: 'bellwire.hook.subscribe',
    summary: 'Subscribe a URL to event types; it is unsubscribed when it answers 410',
    query: z.object(ofApplication),
    body: HookIn,
    status: 201,
    output: HookOut,
    before: ({ caller, body }, deps) =>
      assertReachable(body.targetUrl, { caller, deps, field: ['targetUrl'] }),
    records: 'endpoint',
    async handle({ caller, query, body }, deps) {
      const { targetUrl: url, description, filter } = body
      const endpoint = await create(deps, {
        owner: await applicationOf(caller, query, deps),
        body: { url, filter, eventTypes: wanted(body), ...(description && { description }) },
        hook: true,
        assertTypes: (db) => assertEvents(db, caller, wanted(body)),
      })
      return toOut(endpoint)
    },
  }),

  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    hooks: true,
    operationId: 'bellwire.hook.list',
    summary: 'List the hooks of an application',
    query: z.object({ ...ofApplication, ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(HookOut),
    async handle({ caller, query }, deps) {
      const { id } = await applicationOf(caller, query, deps)
      const request = pageById(query, 'endpoint', 'descending')
      const page = await listEndpoints(deps.store.db, id, request, { hooks: true })
      return toEnvelope(page, { name: byId, out: toOut })
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'application',
    hooks: true,
    operationId: 'bellwire.hook.get',
    summary: 'Get a hook',
    query: z.object(ofApplication),
    status: 200,
    output: HookOut,
    async handle({ caller, query, params }, deps) {
      const application = await applicationOf(caller, query, deps)
      return toOut(await getHook(deps.store.db, application, params['hook_id']))
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'application',
    hooks: true,
    capability: 'ManageEndpoint',
    operationId: 'bellwire.hook.unsubscribe',
    summary: 'Unsubscribe; what waits for the hook is not sent',
    query: z.object(ofApplication),
    status: 204,
    records: 'endpoint',
    async handle({ caller, query, params }, deps) {
      const owner = await applicationOf(caller, query, deps)
      const endpoint = await getHook(deps.store.db, owner, params['hook_id'])
      await remove(deps, { owner, endpoint })
    },
  }),
]

type Named = { app_id?: string | undefined }

/** Throws 422 when nothing says whose hooks, not_found for another application than the token's. */
export async function applicationOf(
  caller: Caller,
  { app_id }: Named,
  { store }: Pick<ApiDeps, 'store'>,
): Promise<Application> {
  invariant(caller.kind !== 'poller', 'a poller token only polls')
  if (caller.kind === 'key') {
    if (app_id === undefined) {
      throw invalid(['query', 'app_id'], 'required of an API key: the application of the hooks')
    }
    return getApplication(store.db, caller.environmentId, app_id)
  }
  const own = await getApplication(store.db, caller.environmentId, caller.applicationId)
  if (app_id !== undefined && app_id !== own.id && app_id !== own.uid) throw notFound()
  return own
}

async function getHook(db: Db, { id }: Application, text: string | undefined) {
  const endpoint = await getEndpoint(db, id, pathId('endpoint', text))
  if (!endpoint.hook) throw notFound()
  return endpoint
}

/** Throws 422 when there is none. */
function wanted({ event, events = [] }: z.output<typeof HookIn>): string[] {
  const names = [...new Set(event === undefined ? events : [event, ...events])]
  if (names.length === 0) throw invalid(['body', 'event'], 'required, or `events`: a list of names')
  return names
}

async function assertEvents(db: Db, caller: Caller, names: string[]) {
  const flags = visibleFlags(caller)
  const unusable = await findUnusableEventTypes(db, caller.environmentId, names, { flags })
  if (unusable.length === 0) return
  throw invalid(['body', 'events'], `no such event types: ${unusable.join(', ')}`)
}

const toOut = (endpoint: Endpoint): z.input<typeof HookOut> => ({
  id: endpoint.id,
  targetUrl: endpoint.url,
  events: endpoint.eventTypes,
  filter: endpoint.filter as Record<string, unknown> | null,
  description: endpoint.description,
  disabled: endpoint.disabled,
  createdAt: endpoint.createdAt.toISOString(),
})

import { z } from 'zod'
import type { Application } from '../domain/application.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import {
  type ApplicationFields,
  deleteApplication,
  findApplication,
  insertApplication,
  listApplications,
  updateApplication,
} from '../store/applications.ts'
import type { Db } from '../store/connect.ts'
import { endPendingDeliveries } from '../store/deliveries.ts'
import { insertEndpointEvents } from '../store/endpoint-events.ts'
import { Answer } from './answer.ts'
import { cleanText, metadata, throttleRate, time, uid } from './fields.ts'
import { insertOrFind } from './insert-or-find.ts'
import { byId, envelope, flag, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { fieldsOf, type Recorder } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

/** `rateLimit` is the older name of `throttleRate`. */
export const ApplicationIn = z
  .object({
    name: cleanText(10_000).min(1),
    uid: uid('application').nullish(),
    throttleRate: throttleRate().nullish(),
    rateLimit: throttleRate().nullish().meta({ deprecated: true }),
    metadata: metadata().optional(),
  })
  .register(wireShapes, { id: 'ApplicationIn' })
const ApplicationPatch = ApplicationIn.partial().register(wireShapes, { id: 'ApplicationPatch' })

export const ApplicationOut = z
  .object({
    id: z.string(),
    name: z.string(),
    uid: z.string().optional(),
    throttleRate: z.number().nullable(),
    rateLimit: z.number().optional(),
    metadata: z.record(z.string(), z.string()),
    createdAt: time(),
    updatedAt: time(),
  })
  .register(wireShapes, { id: 'ApplicationOut' })

const PATH = '/api/v1/app'
const ONE = '/api/v1/app/:app_id'

export const applicationRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'v1.application.list',
    summary: 'List applications',
    query: z.object({
      ...pageQuery,
      ...orderQuery,
      exclude_apps_with_no_endpoints: flag(false),
      exclude_apps_with_disabled_endpoints: flag(false),
    }),
    status: 200,
    output: envelope(ApplicationOut),
    async handle({ caller, query }, { store }) {
      const page = await listApplications(store.db, caller.environmentId, {
        request: pageById(query, 'application', 'ascending'),
        exclude: {
          withoutEndpoints: query.exclude_apps_with_no_endpoints,
          onlyDisabledEndpoints: query.exclude_apps_with_disabled_endpoints,
        },
      })
      return toEnvelope(page, { name: byId, out: toApplicationOut })
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'v1.application.create',
    summary: 'Create an application',
    query: z.object({ get_if_exists: flag(false) }),
    body: ApplicationIn,
    status: 201,
    alsoStatus: 200,
    output: ApplicationOut,
    records: 'application',
    async handle({ caller, query, body }, { store, record }) {
      const { environmentId } = caller
      const wanted = query.get_if_exists ? body.uid : null
      const { thing, isNew } = await insertOrFind(store.db, {
        insert: (db) => createApplication(db, environmentId, { body, record }),
        find: async (db) => (wanted ? findApplication(db, environmentId, wanted) : null),
      })
      return new Answer(isNew ? 201 : 200, toApplicationOut(thing))
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'application',
    operationId: 'v1.application.get',
    summary: 'Get an application',
    status: 200,
    output: ApplicationOut,
    async handle({ application }) {
      return toApplicationOut(application)
    },
  }),

  // The path value is only looked up, so this one finds its application itself.
  route({
    method: 'PUT',
    path: '/api/v1/app/:app_ref',
    access: 'environment',
    operationId: 'v1.application.upsert',
    summary: 'Create or replace an application',
    body: ApplicationIn,
    status: 200,
    alsoStatus: 201,
    output: ApplicationOut,
    records: 'application',
    async handle({ caller, params, body }, { store, record }) {
      const { environmentId } = caller
      const find = (db: Db) => findApplication(db, environmentId, params['app_ref']!)
      let existing = await find(store.db)
      if (existing === null) {
        const insert = (db: Db) => createApplication(db, environmentId, { body, record })
        const { thing, isNew } = await insertOrFind(store.db, { insert, find })
        if (isNew) return new Answer(201, toApplicationOut(thing))
        existing = thing
      }
      return toApplicationOut(await change(store.db, existing, { fields: toFields(body), record }))
    },
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'environment',
    operationId: 'v1.application.patch',
    summary: 'Change some fields of an application',
    body: ApplicationPatch,
    bodyOptional: true,
    status: 200,
    output: ApplicationOut,
    records: 'application',
    async handle({ application, body }, { store, record }) {
      const fields = defined(toPatch(body))
      return toApplicationOut(await change(store.db, application, { fields, record }))
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'v1.application.delete',
    summary: 'Delete an application and everything below it',
    status: 204,
    records: 'application',
    async handle({ application }, deps) {
      const { store, record, endpointChanged, wakeEngine, afterCommit } = deps
      const { id, uid, environmentId } = application
      const endpoints = await deleteApplication(store.db, environmentId, id)
      await record(store.db, {
        target: { kind: 'application', id, uid },
        applicationId: id,
        before: { ...fieldsOf(application), endpoints: endpoints.map((endpoint) => endpoint.id) },
      })
      const told = endpoints.map((endpoint) => ({ type: 'endpoint.deleted', endpoint }) as const)
      if (await insertEndpointEvents(store.db, application, told)) wakeEngine()
      for (const endpoint of endpoints) endpointChanged(endpoint.id)
      afterCommit('deliveries.end', async (db) => {
        for (const endpoint of endpoints) {
          await endPendingDeliveries(db, endpoint.id, { reason: 'endpoint_deleted' })
        }
      })
    },
  }),
]

type Creation = { body: z.output<typeof ApplicationIn>; record: Recorder }

/** In a transaction, with its row of the audit log. */
export async function createApplication(
  db: Db,
  environmentId: EnvironmentId,
  { body, record }: Creation,
) {
  const application = await insertApplication(db, environmentId, toFields(body))
  const { id, uid } = application
  await record(db, {
    target: { kind: 'application', id, uid },
    applicationId: id,
    after: fieldsOf(application),
  })
  return application
}

type Changing = { fields: Partial<ApplicationFields>; record: Recorder }

async function change(
  db: Db,
  { environmentId, id }: Application,
  { fields, record }: Changing,
): Promise<Application> {
  const { before, after } = await updateApplication(db, environmentId, id, fields)
  await record(db, {
    target: { kind: 'application', id, uid: after.uid },
    applicationId: id,
    before: fieldsOf(before),
    after: fieldsOf(after),
  })
  return after
}

const toFields = (body: z.output<typeof ApplicationIn>): ApplicationFields => ({
  uid: body.uid ?? null,
  name: body.name,
  throttleRate: rateOf(body) ?? null,
  metadata: body.metadata ?? {},
})

const toPatch = (body: z.output<typeof ApplicationPatch>) => ({
  name: body.name,
  uid: body.uid,
  throttleRate: rateOf(body),
  metadata: body.metadata,
})

const rateOf = ({ rateLimit, throttleRate = rateLimit }: z.output<typeof ApplicationPatch>) =>
  throttleRate

/** Without the members that are undefined: absent means keep. */
export function defined<Value extends object>(value: Value) {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> }
}

export const toApplicationOut = (application: Application): z.input<typeof ApplicationOut> => ({
  id: application.id,
  name: application.name,
  ...(application.uid !== null && { uid: application.uid }),
  throttleRate: application.throttleRate,
  ...(application.throttleRate !== null && { rateLimit: application.throttleRate }),
  metadata: application.metadata,
  createdAt: application.createdAt.toISOString(),
  updatedAt: application.updatedAt.toISOString(),
})

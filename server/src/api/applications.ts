import { z } from 'zod'
import type { Application } from '../domain/application.ts'
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
import { Answer } from './answer.ts'
import { cleanText, metadata, throttleRate, time, uid } from './fields.ts'
import { insertOrFind } from './insert-or-find.ts'
import { byId, envelope, flag, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
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
    async handle({ caller, query, body }, { store }) {
      const { environmentId } = caller
      const wanted = query.get_if_exists ? body.uid : null
      const { thing, isNew } = await insertOrFind(store.db, {
        insert: (db) => insertApplication(db, environmentId, toFields(body)),
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
    async handle({ caller, params, body }, { store }) {
      const { environmentId } = caller
      const find = (db: Db) => findApplication(db, environmentId, params['app_ref']!)
      let existing = await find(store.db)
      if (existing === null) {
        const insert = (db: Db) => insertApplication(db, environmentId, toFields(body))
        const { thing, isNew } = await insertOrFind(store.db, { insert, find })
        if (isNew) return new Answer(201, toApplicationOut(thing))
        existing = thing
      }
      return toApplicationOut(await change(store.db, existing, toFields(body)))
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
    async handle({ application, body }, { store }) {
      return toApplicationOut(await change(store.db, application, defined(toPatch(body))))
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'v1.application.delete',
    summary: 'Delete an application and everything below it',
    status: 204,
    async handle({ application }, { store, endpointChanged, afterCommit }) {
      const { id, environmentId } = application
      const endpoints = await deleteApplication(store.db, environmentId, id)
      for (const endpointId of endpoints) endpointChanged(endpointId)
      afterCommit('deliveries.end', async (db) => {
        for (const endpointId of endpoints) {
          await endPendingDeliveries(db, endpointId, { reason: 'endpoint_deleted' })
        }
      })
    },
  }),
]

const change = (db: Db, { environmentId, id }: Application, fields: Partial<ApplicationFields>) =>
  updateApplication(db, environmentId, id, fields)

export const toFields = (body: z.output<typeof ApplicationIn>): ApplicationFields => ({
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

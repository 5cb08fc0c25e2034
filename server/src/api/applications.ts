import { z } from 'zod'
import type { Application } from '../domain/application.ts'
import { AppError } from '../domain/errors.ts'
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
import { cleanText, metadata, throttleRate, time, uid } from './fields.ts'
import { byId, envelope, flag, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { Answer, route } from './route.ts'

/** `rateLimit` is the older name of `throttleRate`. */
export const ApplicationIn = z.object({
  name: cleanText(10_000).min(1),
  uid: uid('application').nullish(),
  throttleRate: throttleRate().nullish(),
  rateLimit: throttleRate().nullish(),
  metadata: metadata().optional(),
})
const ApplicationPatch = ApplicationIn.partial()

export const ApplicationOut = z.object({
  id: z.string(),
  name: z.string(),
  uid: z.string().optional(),
  throttleRate: z.number().nullable(),
  rateLimit: z.number().optional(),
  metadata: z.record(z.string(), z.string()),
  createdAt: time(),
  updatedAt: time(),
})

const PATH = '/api/v1/app'
const ONE = '/api/v1/app/:app_id'

export const applicationRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'v1.application.list',
    summary: 'List applications',
    query: z.object({ ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(ApplicationOut),
    async handle({ caller, query }, { store }) {
      const request = pageById(query, 'application', 'ascending')
      const page = await listApplications(store.db, caller.environmentId, request)
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
    output: ApplicationOut,
    async handle({ caller, query, body }, { store }) {
      if (query.get_if_exists && typeof body.uid === 'string') {
        const existing = await findApplication(store.db, caller.environmentId, body.uid)
        if (existing !== null) return new Answer(200, toApplicationOut(existing))
      }
      return toApplicationOut(
        await insertApplication(store.db, caller.environmentId, toFields(body)),
      )
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'environment',
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
    output: ApplicationOut,
    async handle({ caller, params, body }, { store }) {
      const existing = await findApplication(store.db, caller.environmentId, params['app_ref']!)
      if (existing === null) {
        const created = await insertApplication(store.db, caller.environmentId, toFields(body))
        return new Answer(201, toApplicationOut(created))
      }
      return toApplicationOut(await replace(store.db, existing, toFields(body)))
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
      const present = { ...application, ...defined(toPatch(body)) }
      return toApplicationOut(await replace(store.db, application, present))
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'v1.application.delete',
    summary: 'Delete an application and everything below it',
    status: 204,
    async handle({ application }, { store, endpointChanged }) {
      const { id, environmentId } = application
      const endpoints = await deleteApplication(store.db, environmentId, id)
      for (const endpointId of endpoints) endpointChanged(endpointId)
    },
  }),
]

/** As messages and portal access may bring it: made when the path's application does not exist. */
export async function createOnTheWay(
  db: Db,
  environmentId: EnvironmentId,
  body: z.output<typeof ApplicationIn>,
) {
  try {
    await insertApplication(db, environmentId, toFields(body))
  } catch (error) {
    // Another request made it a moment ago: it exists, which is all that was asked for.
    if (!(error instanceof AppError && error.code === 'conflict')) throw error
  }
}

const replace = (db: Db, { environmentId, id }: Application, fields: ApplicationFields) =>
  updateApplication(db, environmentId, id, fields)

const toFields = (body: z.output<typeof ApplicationIn>): ApplicationFields => ({
  uid: body.uid ?? null,
  name: body.name,
  throttleRate: body.throttleRate ?? body.rateLimit ?? null,
  metadata: body.metadata ?? {},
})

const toPatch = (body: z.output<typeof ApplicationPatch>) => ({
  name: body.name,
  uid: body.uid,
  throttleRate: body.throttleRate !== undefined ? body.throttleRate : body.rateLimit,
  metadata: body.metadata,
})

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

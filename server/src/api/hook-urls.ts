// For platforms that can send no token: a URL per user, which is a door for the hooks of one application.
import { z } from 'zod'
import { deleteHookUrl, type HookUrl, insertHookUrl, listHookUrls } from '../store/hook-urls.ts'
import { cleanText, featureFlagName, time } from './fields.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, toEnvelope } from './lists.ts'
import { fieldsOf } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/app/:app_id/hook-url'
const DOOR = '/hooks/u/'

const HookUrlOut = z
  .object({
    id: z.string(),
    description: z.string(),
    featureFlags: z.array(z.string()),
    createdAt: time(),
  })
  .register(wireShapes, { id: 'HookUrlOut' })

export const hookUrlRoutes = [
  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.hook-url.create',
    summary: 'Make a URL that subscribes for this application; it is shown once',
    body: z.object({
      description: cleanText(1_000).optional(),
      featureFlags: z.array(featureFlagName()).max(25).nullish(),
    }),
    bodyOptional: true,
    status: 201,
    output: HookUrlOut.extend({ url: z.url() }).register(wireShapes, { id: 'HookUrlCreatedOut' }),
    records: 'hook-url',
    async handle({ application, body }, { store, record, publicUrl }) {
      const { hookUrl, token } = await insertHookUrl(store.db, application, {
        description: body.description ?? '',
        featureFlags: [...new Set(body.featureFlags ?? [])],
      })
      await record(store.db, {
        target: { kind: 'hook-url', id: hookUrl.id },
        applicationId: application.id,
        after: fieldsOf(hookUrl),
      })
      return { ...toOut(hookUrl), url: `${publicUrl()}${DOOR}${token}` }
    },
  }),

  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.hook-url.list',
    summary: 'List the hook URLs of an application, without what makes them work',
    query: z.object({ ...pageQuery, ...orderQuery }),
    status: 200,
    output: envelope(HookUrlOut),
    async handle({ application, query }, { store }) {
      const request = pageById(query, 'hookUrl', 'descending')
      const page = await listHookUrls(store.db, application.id, request)
      return toEnvelope(page, { name: byId, out: toOut })
    },
  }),

  route({
    method: 'DELETE',
    path: `${PATH}/:hook_url_id`,
    access: 'environment',
    operationId: 'bellwire.hook-url.delete',
    summary: 'Revoke a hook URL everywhere within a second; its hooks stay',
    status: 204,
    records: 'hook-url',
    async handle({ application, params }, { store, record, accessChanged }) {
      const gone = await deleteHookUrl(store.db, application.id, params['hook_url_id']!)
      await record(store.db, {
        target: { kind: 'hook-url', id: gone.id },
        applicationId: application.id,
        before: fieldsOf(gone),
      })
      accessChanged()
    },
  }),
]

type Asked = { url?: string | undefined; headers: { authorization?: string | undefined } }

/**
 * The path of a hook URL as the routes of hooks know it, its token where tokens are looked for. Nothing
 * else counts there: what the platform sends as its authorization is not meant for us.
 */
export function throughDoor(request: Asked): string {
  const { url = '' } = request
  const [, token, rest] = /^\/+hooks\/+u\/+([^/?]+)(.*)$/s.exec(url) ?? []
  if (token === undefined || rest === undefined) return url
  // Any other kind of token has no business in a path.
  if (/^bwh_[\w-]+$/.test(token)) request.headers.authorization = `Bearer ${token}`
  else delete request.headers.authorization
  return `/hooks${rest}`
}

const toOut = ({ createdAt, ...hookUrl }: HookUrl): z.input<typeof HookUrlOut> => ({
  ...hookUrl,
  createdAt: createdAt.toISOString(),
})

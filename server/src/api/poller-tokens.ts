import { z } from 'zod'
import { getPollerToken, type PollerToken, rotatePollerToken } from '../store/poller-tokens.ts'
import { time } from './fields.ts'
import { targetOf } from './pollers.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const YEAR_SECONDS = 31_536_000
const DAY_SECONDS = 86_400
const OLD_TOKEN_SECONDS = 300

const ApiTokenOut = z
  .object({
    id: z.string(),
    token: z.string(),
    name: z.string().nullable(),
    createdAt: time(),
    expiresAt: time().nullable(),
    scopes: z.array(z.string()).nullable(),
  })
  .register(wireShapes, { id: 'ApiTokenOut' })

const PATH = '/api/v1/auth/app/:app_id/poller/:poller_id/token'

export const pollerTokenRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    capability: 'ViewEndpointSecret',
    operationId: 'v1.authentication.get-poller-token',
    summary: 'Get the token of a poller, which polls and does nothing else',
    status: 200,
    output: ApiTokenOut,
    async handle({ poller }, { store, seal }) {
      return toApiTokenOut(await getPollerToken(store.db, seal, poller.id))
    },
  }),

  route({
    method: 'POST',
    path: `${PATH}/rotate`,
    access: 'application',
    capability: 'ManageEndpointSecret',
    operationId: 'v1.authentication.rotate-poller-token',
    summary: 'Give a poller a new token; the old one works for a while yet',
    body: z.object({
      expiry: z.number().int().min(1).max(YEAR_SECONDS).nullish(),
      oldTokenExpiry: z.number().int().min(0).max(DAY_SECONDS).default(OLD_TOKEN_SECONDS),
    }),
    bodyOptional: true,
    status: 201,
    output: ApiTokenOut,
    records: 'poller',
    async handle({ poller, body }, { store, seal, record, accessChanged }) {
      const token = await rotatePollerToken(store.db, seal, poller.id, {
        expirySeconds: body.expiry ?? null,
        graceSeconds: body.oldTokenExpiry,
      })
      await record(store.db, {
        ...targetOf(poller),
        before: {},
        after: { gracePeriodSeconds: body.oldTokenExpiry },
        replaced: ['token'],
      })
      accessChanged()
      return toApiTokenOut(token)
    },
  }),
]

const toApiTokenOut = (token: PollerToken): z.input<typeof ApiTokenOut> => ({
  id: token.id,
  token: token.token,
  name: null,
  createdAt: token.createdAt.toISOString(),
  expiresAt: token.expiresAt?.toISOString() ?? null,
  scopes: ['poller'],
})

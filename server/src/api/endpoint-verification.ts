// Endpoints whose URL has to answer a challenge before it gets messages, where the environment demands it.
import { z } from 'zod'
import type { Endpoint } from '../domain/endpoint.ts'
import { AppError, invalid } from '../domain/errors.ts'
import { operationalApplicationId } from '../domain/operational.ts'
import { CHALLENGE_PAUSE_SECONDS, isDemanded } from '../domain/verification.ts'
import type { EndpointFields } from '../store/endpoints.ts'
import { getSettings } from '../store/environment-settings.ts'
import {
  claimAsking,
  demandVerification,
  findVerification,
  forgetVerification,
  type Verification,
  verifyEndpoint,
  wishDisabled,
} from '../store/verifications.ts'
import type { Owner } from './endpoint-changes.ts'
import { time } from './fields.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/verification'

const VerificationOut = z
  .object({
    /** `none` when nothing is asked of it. */
    status: z.enum(['pending', 'none']),
    askedAt: time().nullable(),
    expiresAt: time().nullable(),
    /** Why the newest challenge did not come back. */
    problem: z.string().nullable(),
  })
  .register(wireShapes, { id: 'EndpointVerificationOut' })

export const endpointVerificationRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    operationId: 'bellwire.endpoint.get-verification',
    summary: 'Get whether the URL of an endpoint has still to be verified, and why it is not',
    status: 200,
    output: VerificationOut,
    async handle({ endpoint }, { store }) {
      return toOut(await findVerification(store.db, endpoint.id))
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.send-challenge',
    summary: 'Send another challenge to the URL of an endpoint; no earlier one counts then',
    records: { nothing: 'nothing is changed before it is answered' },
    status: 202,
    output: VerificationOut,
    async handle({ endpoint }, { store, challenge }) {
      const before = await findVerification(store.db, endpoint.id)
      if (before === null) return toOut(null)
      if (!(await claimAsking(store.db, endpoint.id, CHALLENGE_PAUSE_SECONDS))) {
        const retryAfterSeconds = CHALLENGE_PAUSE_SECONDS
        const message = `A challenge was sent less than ${retryAfterSeconds} seconds ago`
        throw new AppError('rate_limited', message, { retryAfterSeconds })
      }
      challenge(endpoint.id)
      return toOut(await findVerification(store.db, endpoint.id))
    },
  }),

  route({
    method: 'POST',
    path: `${PATH}/answer`,
    access: 'application',
    capability: 'ManageEndpoint',
    operationId: 'bellwire.endpoint.answer-challenge',
    summary: 'Give back the challenge that the URL of an endpoint got, by hand',
    body: z.object({ challenge: z.string().max(200) }),
    status: 204,
    records: 'endpoint',
    async handle({ endpoint, body }, deps) {
      const { store, record, endpointChanged, wakeEngine } = deps
      const challenge = body.challenge.trim()
      if (!(await verifyEndpoint(store.db, endpoint.id, { challenge, note: record }))) {
        const message = 'not the newest challenge of this endpoint, or it has expired: send another'
        throw invalid(['body', 'challenge'], message)
      }
      endpointChanged(endpoint.id)
      wakeEngine()
    },
  }),
]

/** Operational endpoints are the operator's own. */
export async function mustBeVerified(
  { store, defaultSettings }: Pick<HandlerDeps, 'store' | 'defaultSettings'>,
  { id, environmentId }: Owner,
  { hook }: { hook: boolean },
): Promise<boolean> {
  if (id === operationalApplicationId(environmentId)) return false
  const settings = await getSettings(store.db, environmentId, defaultSettings)
  return isDemanded(settings.verifyEndpointUrls, { hook })
}

type Fields = Partial<EndpointFields>

/**
 * What is to be written, by what is wanted: another URL switches it off until it has answered, and
 * meanwhile its owner only says what it is to be then.
 */
export async function withVerification(
  deps: HandlerDeps,
  { owner, endpoint, fields }: { owner: Owner; endpoint: Endpoint; fields: Fields },
): Promise<Fields & { disabledReason?: 'unverified' }> {
  const isNew = fields.url !== undefined && fields.url !== endpoint.url
  const isWaiting = endpoint.disabledReason === 'unverified'
  if (!isNew && !(isWaiting && fields.disabled !== undefined)) return fields
  const { db } = deps.store
  if (!(await mustBeVerified(deps, owner, endpoint))) {
    // Nobody demands it any more.
    if (isWaiting && fields.disabled === false) await forgetVerification(db, endpoint.id)
    return fields
  }
  if (!isNew) {
    await wishDisabled(db, endpoint.id, fields.disabled!)
    const { disabled: _, ...others } = fields
    return others
  }
  const wish = isWaiting ? fields.disabled : (fields.disabled ?? endpoint.disabled)
  await demandVerification(db, endpoint.id, { disabled: wish })
  deps.challenge(endpoint.id)
  return { ...fields, disabled: true, disabledReason: 'unverified' }
}

const toOut = (found: Verification | null): z.input<typeof VerificationOut> => ({
  status: found === null ? 'none' : 'pending',
  askedAt: found?.askedAt?.toISOString() ?? null,
  expiresAt: found?.expiresAt?.toISOString() ?? null,
  problem: found?.problem ?? null,
})

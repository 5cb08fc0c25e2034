import { z } from 'zod'
import { insufficientAccess } from '../domain/access.ts'
import { toId } from '../domain/ids.ts'
import { expireApplicationTokens, revokeApplicationToken } from '../store/application-tokens.ts'
import { sessionId } from './fields.ts'
import { route } from './route.ts'

const MAX_EXPIRY_SECONDS = 259_200

export const applicationTokenRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/auth/logout',
    access: 'application',
    operationId: 'v1.authentication.logout',
    summary: 'End the application token that asks; it is refused everywhere within a second',
    status: 204,
    records: 'application-token',
    async handle({ caller }, { store, record, accessChanged }) {
      if (caller.kind !== 'application') {
        throw insufficientAccess('Only application tokens log out: expire or revoke an API key')
      }
      const { applicationId, keyId } = caller
      await revokeApplicationToken(store.db, applicationId, keyId)
      await record(store.db, {
        target: { kind: 'application-token', id: toId('applicationToken', keyId) },
        applicationId,
        before: {},
      })
      accessChanged()
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/auth/app/:app_id/expire-all',
    access: 'environment',
    operationId: 'v1.authentication.expire-all',
    summary: 'End all tokens of an application, or those of some sessions',
    body: z.object({
      expiry: z.number().int().min(0).max(MAX_EXPIRY_SECONDS).nullish(),
      sessionIds: z.array(sessionId()).max(1000).nullish(),
    }),
    bodyOptional: true,
    status: 204,
    records: 'application-token',
    async handle({ application, body }, { store, record, accessChanged }) {
      const which = {
        seconds: body.expiry ?? 0,
        sessionIds: body.sessionIds?.length ? body.sessionIds : null,
      }
      await expireApplicationTokens(store.db, application.id, which)
      await record(store.db, {
        // All of them, or those of the sessions named.
        target: { kind: 'application-token', id: null },
        applicationId: application.id,
        after: which,
      })
      accessChanged()
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/auth/whoami',
    access: 'application',
    operationId: 'v1.authentication.whoami',
    summary: 'Whom the token that asks belongs to, and what it may do',
    status: 200,
    output: z.object({
      envId: z.string(),
      appId: z.string().nullable(),
      /** Clients know a closed set of values; this is the one that claims nothing. */
      permissionSource: z.literal('Unknown'),
      sessionId: z.string().nullable(),
      scope: z.string().nullable(),
      capabilities: z.array(z.string()).nullable(),
      featureFlags: z.array(z.string()).nullable(),
    }),
    async handle({ caller }) {
      const token = caller.kind === 'application' ? caller : null
      return {
        envId: caller.environmentId,
        appId: token?.applicationId ?? null,
        permissionSource: 'Unknown',
        sessionId: token?.sessionId ?? null,
        scope: caller.kind === 'key' ? caller.scope : null,
        capabilities: token?.capabilities ?? null,
        featureFlags: token?.featureFlags ?? null,
      }
    },
  }),
]

// Giving a customer access to one application: a link to the portal, and the token in it.
import { z } from 'zod'
import { CAPABILITIES, type Capability } from '../domain/access.ts'
import type { Application } from '../domain/application.ts'
import { type ApplicationTokenFields, createApplicationToken } from '../store/application-tokens.ts'
import { ApplicationIn } from './applications.ts'
import { featureFlagName, sessionId } from './fields.ts'
import { getOrCreateApplication } from './inline-application.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'

const HOUR_SECONDS = 3_600
const WEEK_SECONDS = 604_800

const PortalAccessIn = z.object({
  featureFlags: z.array(featureFlagName()).max(25).nullish(),
  capabilities: z.array(z.enum(CAPABILITIES)).nullish(),
  /** The older form of `capabilities: ["ViewBase"]`. */
  readOnly: z.boolean().nullish(),
  expiry: z.number().int().min(HOUR_SECONDS).max(WEEK_SECONDS).nullish(),
  sessionId: sessionId().nullish(),
  application: ApplicationIn.nullish(),
})
const PortalAccessOut = z.object({ url: z.url(), token: z.string() })

export const portalAccessRoutes = [
  // The body comes before the application, which it may bring along.
  route({
    method: 'POST',
    path: '/api/v1/auth/app-portal-access/:app_ref',
    access: 'environment',
    operationId: 'v1.authentication.app-portal-access',
    summary: 'Make a token for one application, and a link to the portal with it',
    body: PortalAccessIn,
    bodyOptional: true,
    status: 200,
    output: PortalAccessOut,
    records: 'application-token',
    async handle({ caller, params, body }, deps) {
      const application = await getOrCreateApplication(deps, caller.environmentId, {
        reference: params['app_ref']!,
        application: body.application,
      })
      return grant(application, toTokenFields(body), deps)
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/auth/dashboard-access/:app_id',
    access: 'environment',
    operationId: 'v1.authentication.dashboard-access',
    summary: 'The older form of portal access, with every default',
    status: 200,
    output: PortalAccessOut,
    records: 'application-token',
    async handle({ application }, deps) {
      return grant(application, toTokenFields({}), deps)
    },
  }),
]

async function grant(
  application: Application,
  fields: ApplicationTokenFields,
  { store, publicUrl, record }: HandlerDeps,
) {
  const { id, token } = await createApplicationToken(store.db, application, fields)
  await record(store.db, {
    target: { kind: 'application-token', id },
    applicationId: application.id,
    after: fields,
  })
  // In the fragment, which browsers send to nobody.
  return { url: `${publicUrl()}/portal#key=${token}`, token }
}

const toTokenFields = (body: z.output<typeof PortalAccessIn>): ApplicationTokenFields => ({
  capabilities: capabilitiesOf(body),
  featureFlags: [...new Set(body.featureFlags ?? [])],
  sessionId: body.sessionId ?? null,
  expirySeconds: body.expiry ?? WEEK_SECONDS,
})

function capabilitiesOf({ readOnly, capabilities }: z.output<typeof PortalAccessIn>): Capability[] {
  if (readOnly) return ['ViewBase']
  return capabilities ? [...new Set(['ViewBase' as const, ...capabilities])] : [...CAPABILITIES]
}

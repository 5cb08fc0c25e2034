// What an operator decides for a whole environment. Only settings that do something are here.
import { z } from 'zod'
import {
  type EnvironmentSettings,
  SCHEMA_POLICIES,
  SECRET_KINDS,
} from '../domain/environment-settings.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import { URL_VERIFICATIONS } from '../domain/verification.ts'
import { changeSettings, getSettings } from '../store/environment-settings.ts'
import { defined } from './applications.ts'
import { retrySchedule } from './fields.ts'
import type { HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

const shape = {
  enforceHttps: z.boolean(),
  disableEndpointOnFailure: z.boolean(),
  disableAfterFailures: z.number().int().min(1).max(10_000).nullable(),
  retrySchedule: retrySchedule().nullable(),
  defaultSecretKind: z.enum(SECRET_KINDS),
  schemaPolicy: z.enum(SCHEMA_POLICIES),
  requireEventType: z.boolean(),
  verifyEndpointUrls: z.enum(URL_VERIFICATIONS),
}

/**
 * Settings of the same API elsewhere that change what is taken in or sent out, with the value that says
 * nothing. Another value is refused: who sets them relies on them.
 */
const WITHOUT_EFFECT: Record<string, unknown> = {
  endpointsPerAppLimit: null,
  readOnly: false,
  requireEndpointChannel: false,
  requireEndpointFilterTypes: false,
  retryPolicy: null,
  whitelabelHeaders: false,
  wipeSuccessfulPayload: false,
}

const { $schema: _, ...WIRE } = z.toJSONSchema(z.object(shape).partial())

export const EnvironmentSettingsIn = z
  .looseObject(shape)
  .partial()
  .superRefine((given, context) => {
    for (const [name, nothing] of Object.entries(WITHOUT_EFFECT)) {
      const value = given[name]
      if (value === undefined || value === null || value === nothing) continue
      const message = 'there is no such setting here: it would have no effect'
      context.addIssue({ code: 'custom', path: [name], message })
    }
  })
  .transform(onlyKnown)
  .meta({ wire: WIRE })
  .register(wireShapes, { id: 'EnvironmentSettingsIn' })

export const EnvironmentSettingsOut = z
  .object(shape)
  .register(wireShapes, { id: 'EnvironmentSettingsOut' })

type Given = Partial<EnvironmentSettings>

function onlyKnown(given: Record<string, unknown>): Given {
  const known = Object.keys(shape).map((name) => [name, given[name]] as const)
  return defined(Object.fromEntries(known)) as Given
}

const PATH = '/api/v1/management/environment-settings'

export const environmentSettingsRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'v1.management.environment-settings.get',
    summary: 'Get the settings of the environment',
    status: 200,
    output: EnvironmentSettingsOut,
    async handle({ caller }, { store, defaultSettings }) {
      return getSettings(store.db, caller.environmentId, defaultSettings)
    },
  }),

  route({
    method: 'PUT',
    path: PATH,
    access: 'environment',
    operationId: 'v1.management.environment-settings.update',
    summary: 'Set the settings of the environment; what is absent returns to its default',
    body: EnvironmentSettingsIn,
    bodyOptional: true,
    status: 200,
    output: EnvironmentSettingsOut,
    records: 'environment',
    async handle({ caller, body }, deps) {
      return writeSettings(deps, caller.environmentId, () => body)
    },
  }),

  route({
    method: 'PATCH',
    path: PATH,
    access: 'environment',
    operationId: 'v1.management.environment-settings.patch',
    summary: 'Change some settings of the environment',
    body: EnvironmentSettingsIn,
    bodyOptional: true,
    status: 200,
    output: EnvironmentSettingsOut,
    records: 'environment',
    async handle({ caller, body }, deps) {
      return writeSettings(deps, caller.environmentId, (present) => ({ ...present, ...body }))
    },
  }),
]

/** What is in force afterwards; the audit log says what differs from what was. */
export async function writeSettings(
  { store, record, defaultSettings, settingsChanged }: HandlerDeps,
  environmentId: EnvironmentId,
  change: (present: Given) => Given,
): Promise<EnvironmentSettings> {
  settingsChanged()
  const { before, after } = await changeSettings(store.db, environmentId, change)
  const inForce = { ...defaultSettings, ...after }
  await record(store.db, {
    target: { kind: 'environment', id: environmentId },
    before: { ...defaultSettings, ...before },
    after: inForce,
  })
  return inForce
}

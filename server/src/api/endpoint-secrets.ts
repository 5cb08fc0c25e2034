import { z } from 'zod'
import { invalid, invariant } from '../domain/errors.ts'
import {
  generateSecret,
  parseSecret,
  type SigningSecret,
  shownSecret,
} from '../domain/signing-secret.ts'
import { listSecrets, rotateSecret } from '../store/endpoint-secrets.ts'
import { changeEndpoint } from '../store/endpoints.ts'
import { getSettings } from '../store/environment-settings.ts'
import { route } from './route.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/secret'
const DAY_SECONDS = 86_400
const WEEK_SECONDS = 604_800

export const endpointSecretRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    capability: 'ViewEndpointSecret',
    operationId: 'v1.endpoint.get-secret',
    summary: 'Get the signing secret; of an Ed25519 key the public half',
    status: 200,
    output: z.object({ key: z.string() }),
    async handle({ endpoint }, { store, seal }) {
      const [current] = await listSecrets(store.db, seal, endpoint.id)
      invariant(current !== undefined, 'every endpoint has a secret')
      return { key: shownSecret(current.secret) }
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/endpoint/:endpoint_id/secret/rotate',
    access: 'application',
    capability: 'ManageEndpointSecret',
    operationId: 'v1.endpoint.rotate-secret',
    summary: 'Replace the signing secret; the old one signs along for a while',
    body: z.object({
      key: z.string().max(200).nullish(),
      gracePeriodSeconds: z.number().int().min(0).max(WEEK_SECONDS).nullish(),
    }),
    bodyOptional: true,
    status: 204,
    async handle({ caller, endpoint, body }, { store, seal, endpointChanged, defaultSettings }) {
      const { defaultSecretKind } = await getSettings(
        store.db,
        caller.environmentId,
        defaultSettings,
      )
      const secret = readSecret(body.key, { field: 'key', defaultSecretKind })
      const graceSeconds = body.gracePeriodSeconds ?? DAY_SECONDS
      await changeEndpoint(store.db, endpoint.id, (tx) =>
        rotateSecret(tx, seal, endpoint.id, { secret, graceSeconds }),
      )
      endpointChanged(endpoint.id)
    },
  }),
]

/** The one given, or a new one. Throws 422 that names the field and what a secret must look like. */
export function readSecret(
  text: string | null | undefined,
  { field, defaultSecretKind }: { field: string; defaultSecretKind: SigningSecret['kind'] },
): SigningSecret {
  if (text === null || text === undefined) return generateSecret(defaultSecretKind)
  const parsed = parseSecret(text)
  if ('problem' in parsed) throw invalid(['body', field], parsed.problem, 'value_error.jsondecode')
  return parsed
}

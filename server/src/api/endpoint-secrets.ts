import { z } from 'zod'
import type { Endpoint } from '../domain/endpoint.ts'
import { invariant } from '../domain/errors.ts'
import { shownSecret } from '../domain/signing-secret.ts'
import { listSecrets } from '../store/endpoint-secrets.ts'
import type { ApiDeps } from './deps.ts'
import { rotate } from './endpoint-writes.ts'
import { route } from './route.ts'

const PATH = '/api/v1/app/:app_id/endpoint/:endpoint_id/secret'
const WEEK_SECONDS = 604_800

export const SecretOut = z.object({ key: z.string() })
export const RotationIn = z.object({
  key: z.string().max(200).nullish(),
  gracePeriodSeconds: z.number().int().min(0).max(WEEK_SECONDS).nullish(),
})

export const endpointSecretRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'application',
    capability: 'ViewEndpointSecret',
    operationId: 'v1.endpoint.get-secret',
    summary: 'Get the signing secret; of an Ed25519 key the public half',
    status: 200,
    output: SecretOut,
    async handle({ endpoint }, deps) {
      return shownSecretOf(endpoint, deps)
    },
  }),

  route({
    method: 'POST',
    path: '/api/v1/app/:app_id/endpoint/:endpoint_id/secret/rotate',
    access: 'application',
    capability: 'ManageEndpointSecret',
    operationId: 'v1.endpoint.rotate-secret',
    summary: 'Replace the signing secret; the old one signs along for a while',
    body: RotationIn,
    bodyOptional: true,
    status: 204,
    records: 'endpoint',
    async handle({ application, endpoint, body }, deps) {
      await rotate(deps, { owner: application, endpoint, body })
    },
  }),
]

export async function shownSecretOf({ id }: Endpoint, { store, seal }: ApiDeps) {
  const [current] = await listSecrets(store.db, seal, id)
  invariant(current !== undefined, 'every endpoint has a secret')
  return { key: shownSecret(current.secret) }
}

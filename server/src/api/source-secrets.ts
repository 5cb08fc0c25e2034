// The secrets of a source: several count at once while a provider changes over from one to the next.
import { z } from 'zod'
import { AppError, invalid } from '../domain/errors.ts'
import {
  deleteSourceSecret,
  insertSourceSecret,
  listSourceSecrets,
  updateSourceSecret,
} from '../store/source-secrets.ts'
import { route } from './route.ts'
import { SecretIn, SecretOut, toSecretOut } from './source-shape.ts'
import { assertUsable, targetOf, toNewSecret } from './sources.ts'

const PATH = '/api/v1/source/:source_id/secret'
const ONE = '/api/v1/source/:source_id/secret/:secret_id'

export const sourceSecretRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.source.list-secrets',
    summary: 'List the secrets of a source, of each its end only',
    status: 200,
    output: z.object({ data: z.array(SecretOut) }),
    async handle({ source }, { store }) {
      return { data: (await listSourceSecrets(store.db, source.id)).map(toSecretOut) }
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.source.create-secret',
    summary: 'Add a secret to a source; the others count on until they end or are deleted',
    body: SecretIn,
    status: 201,
    output: SecretOut,
    records: 'source',
    async handle({ source, body }, deps) {
      const { store, seal, record, accessChanged } = deps
      const { settings } = source
      const secret = toNewSecret(body, null, deps)
      const verifyToken = source.hasVerifyToken ? 'stored' : null
      assertUsable(deps, { settings, secrets: [secret], verifyToken })
      const added = await insertSourceSecret(store.db, seal, source.id, secret)
      await record(store.db, {
        ...targetOf(source),
        before: {},
        after: { secretId: added.id },
        replaced: ['secret'],
      })
      accessChanged()
      return toSecretOut(added)
    },
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.source.patch-secret',
    summary: 'Set when a secret ends; null is never',
    body: z.object({ expiresAt: z.iso.datetime({ offset: true }).nullable() }),
    status: 200,
    output: SecretOut,
    records: 'source',
    async handle({ source, params, body }, { store, record, accessChanged, clock }) {
      const expiresAt = body.expiresAt === null ? null : new Date(body.expiresAt)
      if (expiresAt !== null && expiresAt <= clock()) {
        throw invalid(
          ['body', 'expiresAt'],
          `must be in the future, got ${body.expiresAt}; to end it now, delete it`,
        )
      }
      const name = params['secret_id']!
      const secret = await updateSourceSecret(store.db, source.id, { name, expiresAt })
      await record(store.db, {
        ...targetOf(source),
        before: {},
        after: { secretId: secret.id, expiresAt: body.expiresAt },
      })
      accessChanged()
      return toSecretOut(secret)
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.source.delete-secret',
    summary: 'Delete a secret of a source: it never matches again; the last one stays',
    status: 204,
    records: 'source',
    async handle({ source, params }, { store, record, accessChanged }) {
      const secret = await deleteSourceSecret(store.db, source.id, params['secret_id']!)
      if ((await listSourceSecrets(store.db, source.id)).length === 0) {
        throw new AppError(
          'conflict',
          'This is the only secret of the source: add another one first, or disable the source',
        )
      }
      await record(store.db, { ...targetOf(source), before: { secretId: secret.id }, after: {} })
      accessChanged()
    },
  }),
]

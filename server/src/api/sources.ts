// Sources: doors for other people's webhooks. What comes through one becomes messages of an application.
import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import type { Source, SourceSettings } from '../domain/source.ts'
import { findApplication } from '../store/applications.ts'
import type { Db } from '../store/connect.ts'
import {
  insertSourceSecret,
  listSecretsOfSources,
  listSourceSecrets,
} from '../store/source-secrets.ts'
import {
  deleteSource,
  getSourceToken,
  insertSource,
  listSources,
  rotateSourceToken,
  updateSource,
} from '../store/sources.ts'
import type { SourceProblem } from './deps.ts'
import { byId, envelope, orderQuery, pageById, pageQuery, text, toEnvelope } from './lists.ts'
import { fieldsOf, type HandlerDeps } from './record.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'
import { SourceIn, SourceOut, SourcePatch, toSettings, toSourceOut } from './source-shape.ts'

const PATH = '/api/v1/source'
const ONE = '/api/v1/source/:source_id'

const SourceUrlOut = z
  .object({ token: z.string(), url: z.string() })
  .register(wireShapes, { id: 'SourceUrlOut' })
const SourceCreatedOut = SourceOut.extend({ url: z.string() }).register(wireShapes, {
  id: 'SourceCreatedOut',
})

export const sourceRoutes = [
  route({
    method: 'GET',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.source.list',
    summary: 'List sources',
    query: z.object({ ...pageQuery, ...orderQuery, application: text() }),
    status: 200,
    output: envelope(SourceOut),
    async handle({ caller, query }, { store }) {
      const application =
        query.application === undefined
          ? null
          : await findApplication(store.db, caller.environmentId, query.application)
      if (query.application !== undefined && application === null) {
        throw invalid(['query', 'application'], 'no application has this id or uid')
      }
      const page = await listSources(store.db, caller.environmentId, {
        request: pageById(query, 'source', 'ascending'),
        applicationId: application?.id ?? null,
      })
      const secrets = await listSecretsOfSources(
        store.db,
        page.items.map(({ id }) => id),
      )
      const out = (source: Source) => toSourceOut(source, secrets.get(source.id) ?? [])
      return toEnvelope(page, { name: byId, out })
    },
  }),

  route({
    method: 'POST',
    path: PATH,
    access: 'environment',
    operationId: 'bellwire.source.create',
    summary: 'Create a source: a URL for the webhooks of a provider, with how they are verified',
    body: SourceIn,
    status: 201,
    output: SourceCreatedOut,
    records: 'source',
    async handle({ caller, body }, deps) {
      const { store, seal, record } = deps
      const { environmentId } = caller
      const settings = toSettings(body)
      const secrets = (body.secrets ?? []).map((secret, index) => toNewSecret(secret, index, deps))
      assertUsable(deps, { settings, secrets, verifyToken: body.verifyToken ?? null })
      const { source, token } = await insertSource(store.db, seal, environmentId, {
        applicationId: await applicationIdOf(store.db, environmentId, body.application),
        uid: body.uid ?? null,
        name: body.name ?? '',
        settings,
        verifyToken: body.verifyToken ?? null,
        paused: body.paused ?? false,
        disabled: body.disabled ?? false,
      })
      for (const secret of secrets) {
        await insertSourceSecret(store.db, seal, source.id, secret)
      }
      await record(store.db, { ...targetOf(source), after: fieldsOf(source) })
      const shown = await listSourceSecrets(store.db, source.id)
      return { ...toSourceOut(source, shown), url: urlOf(deps, token) }
    },
  }),

  route({
    method: 'GET',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.source.get',
    summary: 'Get a source by id or uid',
    status: 200,
    output: SourceOut,
    async handle({ source }, { store }) {
      return toSourceOut(source, await listSourceSecrets(store.db, source.id))
    },
  }),

  route({
    method: 'PATCH',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.source.patch',
    summary: 'Change some fields of a source; null is the default again',
    body: SourcePatch,
    bodyOptional: true,
    status: 200,
    output: SourceOut,
    records: 'source',
    async handle({ caller, source, body }, deps) {
      const { store, seal, record } = deps
      const { environmentId } = caller
      const settings = toSettings(body, source.settings)
      const hasVerifyToken = body.verifyToken === undefined && source.hasVerifyToken
      assertUsable(deps, {
        settings,
        secrets: 'stored',
        verifyToken: hasVerifyToken ? 'stored' : (body.verifyToken ?? null),
      })
      const after = await updateSource(store.db, seal, source.id, {
        applicationId:
          body.application === undefined
            ? source.applicationId
            : await applicationIdOf(store.db, environmentId, body.application),
        uid: body.uid === undefined ? source.uid : body.uid,
        name: body.name ?? source.name,
        settings,
        ...(body.verifyToken !== undefined && { verifyToken: body.verifyToken }),
        paused: body.paused ?? source.paused,
        disabled: body.disabled ?? source.disabled,
      })
      await record(store.db, {
        ...targetOf(after),
        before: fieldsOf(source),
        after: fieldsOf(after),
        ...(body.verifyToken !== undefined && { replaced: ['verifyToken'] }),
      })
      deps.accessChanged()
      return toSourceOut(after, await listSourceSecrets(store.db, after.id))
    },
  }),

  route({
    method: 'DELETE',
    path: ONE,
    access: 'environment',
    operationId: 'bellwire.source.delete',
    summary: 'Delete a source; its URL is unknown from then on',
    status: 204,
    records: 'source',
    async handle({ source }, { store, record, accessChanged }) {
      await deleteSource(store.db, source.id)
      await record(store.db, { ...targetOf(source), before: fieldsOf(source) })
      accessChanged()
    },
  }),

  route({
    method: 'GET',
    path: `${ONE}/token`,
    access: 'environment',
    capability: 'ViewEndpointSecret',
    operationId: 'bellwire.source.get-token',
    summary: 'Get the URL of a source, which holds its token',
    status: 200,
    output: SourceUrlOut,
    async handle({ source }, deps) {
      const token = await getSourceToken(deps.store.db, deps.seal, source.id)
      return { token, url: urlOf(deps, token) }
    },
  }),

  route({
    method: 'POST',
    path: `${ONE}/token/rotate`,
    access: 'environment',
    operationId: 'bellwire.source.rotate-token',
    summary: 'Give a source a new URL; the old one is unknown at once',
    status: 201,
    output: SourceUrlOut,
    records: 'source',
    async handle({ source }, deps) {
      const token = await rotateSourceToken(deps.store.db, deps.seal, source.id)
      await deps.record(deps.store.db, {
        ...targetOf(source),
        before: {},
        after: {},
        replaced: ['token'],
      })
      deps.accessChanged()
      return { token, url: urlOf(deps, token) }
    },
  }),
]

/** Of a change that is noted. */
export const targetOf = ({ id, uid, applicationId }: Source) => ({
  target: { kind: 'source' as const, id, uid },
  applicationId,
})

/** Throws 422 for an end that has passed. */
export function toNewSecret(
  { value, expiresAt }: { value: string; expiresAt?: string | null | undefined },
  index: number | null,
  { clock }: Pick<HandlerDeps, 'clock'>,
) {
  const end = expiresAt == null ? null : new Date(expiresAt)
  if (end !== null && end <= clock()) {
    const loc = index === null ? ['body'] : ['body', 'secrets', `[${index}]`]
    throw invalid([...loc, 'expiresAt'], `must be in the future, got ${expiresAt}`)
  }
  return { value, expiresAt: end }
}

type Given = {
  settings: SourceSettings
  secrets: { value: string }[] | 'stored'
  verifyToken: string | null
}

/** Throws 422 that names the field. Fails closed: without a usable secret there is no source. */
export function assertUsable({ sourceProblem }: Pick<HandlerDeps, 'sourceProblem'>, given: Given) {
  const problem: SourceProblem | null = sourceProblem({
    ...given,
    secrets: given.secrets === 'stored' ? null : given.secrets.map(({ value }) => value),
  })
  if (problem !== null) throw invalid(['body', ...problem.loc], problem.message)
}

async function applicationIdOf(db: Db, environmentId: EnvironmentId, name: string) {
  const application = await findApplication(db, environmentId, name)
  if (application === null) {
    throw invalid(
      ['body', 'application'],
      `no application has this id or uid: ${JSON.stringify(name)}`,
    )
  }
  return application.id
}

const urlOf = ({ publicUrl }: Pick<HandlerDeps, 'publicUrl'>, token: string) =>
  `${publicUrl()}/in/${token}`

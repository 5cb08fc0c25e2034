// Making, changing and deleting endpoints, whosever they are: an application's, or the operational ones
// of an environment. Each write notes itself in its transaction.
import type { z } from 'zod'
import { headersDifference } from '../domain/change.ts'
import { type Headers, problemOf } from '../domain/custom-headers.ts'
import type { Endpoint } from '../domain/endpoint.ts'
import { type EndpointAuth, headerNamesOf } from '../domain/endpoint-auth.ts'
import { invalid } from '../domain/errors.ts'
import { generateSecret, parseSecret, type SigningSecret } from '../domain/signing-secret.ts'
import type { Db } from '../store/connect.ts'
import { endPendingDeliveries } from '../store/deliveries.ts'
import { rotateSecret } from '../store/endpoint-secrets.ts'
import {
  changeEndpoint,
  changeHeaders,
  deleteEndpoint,
  type EndpointFields,
  findEndpoint,
  insertEndpoint,
  updateEndpoint,
} from '../store/endpoints.ts'
import { getSettings } from '../store/environment-settings.ts'
import { Answer } from './answer.ts'
import { shownAuth, toAuth } from './endpoint-auth-shape.ts'
import { endpointFields, noteEndpoint, type Owner, updateEvents } from './endpoint-changes.ts'
import { type EndpointIn, type EndpointUpdate, toFields } from './endpoint-shape.ts'
import { assertUrlFits } from './endpoint-transport.ts'
import { mustBeVerified, withVerification } from './endpoint-verification.ts'
import { toStoredFilter } from './filter-shape.ts'
import { insertOrFind } from './insert-or-find.ts'
import type { HandlerDeps } from './record.ts'

type Body = z.output<typeof EndpointIn> | z.output<typeof EndpointUpdate>
type Wanted = {
  owner: Owner
  body: Body
  hook?: boolean
  /** It leads to a bin of ours, over no network: nobody has to be asked whether they want messages. */
  isOwnBin?: boolean
  /** Throws 422 for names that its owner's endpoints cannot have. */
  assertTypes(db: Db, names: string[] | null | undefined): Promise<void>
}

export async function create(
  deps: HandlerDeps,
  { owner, body, hook = false, isOwnBin = false, assertTypes }: Wanted,
) {
  const { store, seal } = deps
  const fields = await withFilter(store.db, owner, body)
  const given = { secret: null, headers: null, auth: null, ...body }
  const secret = await readSecret(deps, owner, { text: given.secret, field: 'secret' })
  const headers = checked(given.headers ?? {}, null)
  const auth = given.auth
    ? toAuth(given.auth, { before: null, headers, loc: (...path) => ['auth', ...path] })
    : null
  await assertTypes(store.db, fields.eventTypes)
  const unverified = !isOwnBin && (await mustBeVerified(deps, owner, { hook }))
  const endpoint = await insertEndpoint(store.db, seal, owner.id, {
    ...{ fields, secret, headers, auth, hook, unverified },
  })
  if (unverified) deps.challenge(endpoint.id)
  const { after } = headersDifference({}, headers)
  await noteEndpoint(deps, {
    owner,
    endpoint,
    change: {
      after: { ...endpointFields(endpoint), ...after, ...(auth && { auth: shownAuth(auth) }) },
    },
    events: [{ type: 'endpoint.created' }],
  })
  return endpoint
}

/** Creates or replaces what `reference` names; `out` is how it is shown. */
export async function upsert(
  deps: HandlerDeps,
  { reference, out, ...wanted }: Wanted & { reference: string; out(endpoint: Endpoint): unknown },
) {
  const { owner, body, assertTypes } = wanted
  const find = (db: Db) => findEndpoint(db, owner.id, reference)
  let existing = await find(deps.store.db)
  if (existing === null) {
    const insert = (db: Db) => create({ ...deps, store: { ...deps.store, db } }, wanted)
    const { thing, isNew } = await insertOrFind(deps.store.db, { insert, find })
    if (isNew) return new Answer(201, out(thing))
    existing = thing
  }
  const fields = await withFilter(deps.store.db, owner, body)
  await assertTypes(deps.store.db, fields.eventTypes)
  return out(await update(deps, { owner, endpoint: existing, fields }))
}

/** What the body says, and the filter when it names one. Throws 422. */
async function withFilter(db: Db, owner: Owner, body: Body): Promise<EndpointFields> {
  return { ...toFields(body), filter: await filterIn(db, owner, body) }
}

export const filterIn = (db: Db, { environmentId, id }: Owner, { filter }: { filter?: unknown }) =>
  toStoredFilter(db, { environmentId, applicationId: id }, filter)

type Update = { owner: Owner; endpoint: Endpoint; fields: Partial<EndpointFields> }

export async function update(deps: HandlerDeps, { owner, endpoint, fields }: Update) {
  if (fields.url !== undefined) await assertUrlFits(fields.url, endpoint, deps)
  const owned = { applicationId: owner.id, id: endpoint.id }
  const verified = await withVerification(deps, { owner, endpoint, fields })
  const { before, after } = await updateEndpoint(deps.store.db, deps.seal, owned, verified)
  await noteEndpoint(deps, {
    owner,
    endpoint: after,
    change: {
      before: endpointFields(before),
      after: endpointFields(after),
      ...(fields.credentials && { replaced: ['credentials'] }),
    },
    events: updateEvents(before, after),
  })
  return after
}

type Owned = { owner: Owner; endpoint: Endpoint }

export async function remove(deps: HandlerDeps, { owner, endpoint }: Owned) {
  await deleteEndpoint(deps.store.db, owner.id, endpoint.id)
  await noteEndpoint(deps, {
    owner,
    endpoint,
    change: { before: endpointFields(endpoint) },
    events: [{ type: 'endpoint.deleted' }],
  })
  deps.afterCommit('deliveries.end', (db) =>
    endPendingDeliveries(db, endpoint.id, { reason: 'endpoint_deleted' }),
  )
}

const UPDATED = [{ type: 'endpoint.updated' } as const]
const DAY_SECONDS = 86_400

type Rotation = { key?: string | null | undefined; gracePeriodSeconds?: number | null | undefined }

export async function rotate(
  deps: HandlerDeps,
  { owner, endpoint, body }: Owned & { body: Rotation },
) {
  const { store, seal } = deps
  const secret = await readSecret(deps, owner, { text: body.key, field: 'key' })
  const graceSeconds = body.gracePeriodSeconds ?? DAY_SECONDS
  await changeEndpoint(store.db, endpoint.id, (tx) =>
    rotateSecret(tx, seal, endpoint.id, { secret, graceSeconds }),
  )
  const change = { before: {}, after: { gracePeriodSeconds: graceSeconds }, replaced: ['secret'] }
  await noteEndpoint(deps, { owner, endpoint, change, events: UPDATED })
}

/** Replaces all custom headers with what `change` makes of them. */
export async function setHeaders(
  deps: HandlerDeps,
  { owner, endpoint, change }: Owned & { change(present: Headers): Headers },
) {
  const { before, after } = await changeHeaders(
    deps.store.db,
    deps.seal,
    endpoint.id,
    (present, auth) => checked(change(present), auth),
  )
  await noteEndpoint(deps, {
    owner,
    endpoint,
    change: headersDifference(before, after),
    events: UPDATED,
  })
}

/** `auth` may make headers, too: those are its own. */
export function checked(headers: Headers, auth: EndpointAuth | null): Headers {
  const problem = problemOf(headers) ?? (auth && problemOfClash(auth, headers))
  if (problem !== null) throw invalid(['body', 'headers'], problem, 'value_error.jsondecode')
  return headers
}

function problemOfClash(auth: EndpointAuth, headers: Headers): string | null {
  const made = new Set(headerNamesOf(auth))
  const name = Object.keys(headers).find((name) => made.has(name.toLowerCase()))
  return name === undefined ? null : `header ${JSON.stringify(name)} is set by auth`
}

/**
 * A new one of the environment's kind when none is given. Throws 422 that names the field and what a
 * secret must look like.
 */
async function readSecret(
  { store, defaultSettings }: Pick<HandlerDeps, 'store' | 'defaultSettings'>,
  { environmentId }: Owner,
  { text, field }: { text: string | null | undefined; field: string },
): Promise<SigningSecret> {
  if (text === null || text === undefined) {
    const settings = await getSettings(store.db, environmentId, defaultSettings)
    return generateSecret(settings.defaultSecretKind)
  }
  const parsed = parseSecret(text)
  if ('problem' in parsed) throw invalid(['body', field], parsed.problem, 'value_error.jsondecode')
  return parsed
}

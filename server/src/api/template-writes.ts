// Adding, changing and removing templates of an environment, each with its row in the audit log. A change
// counts for all endpoints that use the template, so none is taken that what customers filled in might
// not do for.
import type { Fields } from '../domain/change.ts'
import { AppError, invalid, notFound } from '../domain/errors.ts'
import type { EndpointId, EnvironmentId } from '../domain/ids.ts'
import { breakOf } from '../domain/templates/form.ts'
import type { Field, OwnTemplate } from '../domain/templates/template.ts'
import { findTemplate as findBuiltIn } from '../domain/templates/templates.ts'
import type { Db } from '../store/connect.ts'
import {
  countEndpointsUsing,
  deleteTemplate,
  findTemplate,
  holdTemplate,
  insertTemplate,
  listTemplateVersions,
  type TemplateFields,
  updateTemplate,
  useVersion,
} from '../store/templates.ts'
import { EVENT_TYPE_NAME as NAME } from './fields.ts'
import { insertOrFind } from './insert-or-find.ts'
import { fieldsOf, type HandlerDeps } from './record.ts'

type Deps = Pick<HandlerDeps, 'store' | 'record' | 'endpointChanged'>
type Wanted = { environmentId: EnvironmentId; fields: TemplateFields }
type Changed = { environmentId: EnvironmentId; before: OwnTemplate; endpoints: EndpointId[] }
type Named = { environmentId: EnvironmentId; name: string }

/** Creates or replaces it. Throws 422 for the name, conflict for a built-in one and for a breaking form. */
export async function put(
  deps: Deps,
  { environmentId, fields, loc }: Wanted & { loc: string[] },
): Promise<{ template: OwnTemplate; isNew: boolean }> {
  const { db } = deps.store
  const { name } = fields
  assertName(name, loc)
  const held = () => holdTemplate(db, environmentId, { name, lock: 'update' })
  const there = await held()
  if (there !== null) {
    return { template: await replace(deps, there, { environmentId, fields }), isNew: false }
  }
  if (findBuiltIn(name) !== undefined) {
    throw new AppError('conflict', `The template ${name} is built in: choose another name`)
  }
  const insert = async (tx: Db) => {
    const template = await insertTemplate(tx, environmentId, fields)
    await deps.record(tx, { ...targetOf(name), after: noted(template) })
    return template
  }
  const { thing, isNew } = await insertOrFind(db, { insert, find: held })
  const template = isNew ? thing : await replace(deps, thing, { environmentId, fields })
  return { template, isNew }
}

async function replace(
  deps: Deps,
  before: OwnTemplate,
  { environmentId, fields }: Wanted,
): Promise<OwnTemplate> {
  const { db } = deps.store
  const isNewVersion = !isSame(before.fields, fields.fields) || before.code !== fields.code
  if (!isNewVersion && before.title === fields.title && before.about === fields.about) return before
  await assertFits(db, before, fields.fields)
  const endpoints = await updateTemplate(db, before, { ...fields, isNewVersion })
  return changed(deps, { environmentId, before, endpoints })
}

/** Uses a version of the form and the code again. Throws not_found, or conflict for a breaking form. */
export async function rollBack(
  deps: Deps,
  { environmentId, name, version }: Named & { version: number },
) {
  const { db } = deps.store
  const before = await hold(db, { environmentId, name })
  const wanted = (await listTemplateVersions(db, before.id)).find(
    (each) => each.version === version,
  )
  if (wanted === undefined) throw notFound(`There is no version ${version} of this template`)
  await assertFits(db, before, wanted.fields)
  const endpoints = await useVersion(db, before.id, version)
  await changed(deps, { environmentId, before, endpoints })
}

/** Throws not_found, or conflict while endpoints use it. */
export async function remove({ store, record }: Deps, { environmentId, name }: Named) {
  const before = await hold(store.db, { environmentId, name })
  const endpoints = await countEndpointsUsing(store.db, before.id)
  if (endpoints > 0) {
    const message = `${endpoints} endpoints use the template ${name}: choose another for them first`
    throw new AppError('conflict', message)
  }
  await deleteTemplate(store.db, before.id)
  await record(store.db, { ...targetOf(name), before: noted(before) })
}

async function hold(db: Db, { environmentId, name }: Named): Promise<OwnTemplate> {
  const template = await holdTemplate(db, environmentId, { name, lock: 'update' })
  if (template !== null) return template
  if (findBuiltIn(name) === undefined) throw notFound()
  throw new AppError('conflict', `The template ${name} is built in`)
}

/** Throws conflict. */
async function assertFits(db: Db, { id, name, fields }: OwnTemplate, form: readonly Field[]) {
  const broken = breakOf(fields, form)
  if (broken === null) return
  const endpoints = await countEndpointsUsing(db, id)
  if (endpoints === 0) return
  throw new AppError(
    'conflict',
    `${endpoints} endpoints use the template ${name}, and what they filled in must stay valid: ${broken}. Give the new form another name.`,
  )
}

async function changed(
  { store, record, endpointChanged }: Deps,
  { environmentId, before, endpoints }: Changed,
): Promise<OwnTemplate> {
  const after = (await findTemplate(store.db, environmentId, before.name))!
  await record(store.db, { ...targetOf(before.name), before: noted(before), after: noted(after) })
  for (const id of endpoints) endpointChanged(id)
  return after
}

function assertName(name: string, loc: string[]) {
  if (name.length <= 256 && NAME.test(name)) return
  throw invalid(loc, 'a name has 1 to 256 letters, digits, "-", "_" and "." only')
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

const targetOf = (name: string) => ({ target: { kind: 'template' as const, id: name } })

/** Code may hold a key: the log has its version, and that is where the code is. */
const noted = ({ id, name, code, createdAt, ...template }: OwnTemplate): Fields =>
  fieldsOf(template)

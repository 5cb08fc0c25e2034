// How templates and their forms travel, and how they are found by name.
import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import { problemOfForm } from '../domain/templates/form.ts'
import { problemOfParameters } from '../domain/templates/parameters.ts'
import type { Field, OwnTemplate, Parameters, Template } from '../domain/templates/template.ts'
import { findTemplate as findBuiltIn, TEMPLATES } from '../domain/templates/templates.ts'
import type { Db } from '../store/connect.ts'
import { findTemplate, holdTemplate, type TemplateFields } from '../store/templates.ts'
import { cleanText, time } from './fields.ts'
import { onTheWire, wireShapes } from './shapes.ts'
import { code } from './simulate.ts'

const MAX_FIELDS = 50
const TYPES = ['text', 'secret', 'choice', 'list'] as const

const FieldIn = z
  .object({
    name: z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/, 'a letter, then up to 63 letters, digits and "_"'),
    title: cleanText(256).optional(),
    type: z.enum(TYPES),
    required: z.boolean().default(false),
    choices: z.array(cleanText(256).min(1)).min(1).max(100).optional(),
    about: cleanText(1_000).default(''),
  })
  .register(wireShapes, { id: 'TemplateFieldIn' })

const FieldOut = z
  .object({
    name: z.string(),
    title: z.string(),
    type: z.enum(TYPES),
    required: z.boolean(),
    choices: z.array(z.string()).optional(),
    about: z.string(),
  })
  .register(wireShapes, { id: 'TemplateFieldOut' })

export const FormIn = z.array(FieldIn).max(MAX_FIELDS)

export const TemplateIn = z
  .object({
    title: cleanText(256).optional(),
    about: cleanText(10_000).optional(),
    fields: FormIn.optional(),
    code: code(),
  })
  .register(wireShapes, { id: 'TemplateIn' })

/** As a document of an environment has it. */
export const NamedTemplateIn = TemplateIn.extend({ name: z.string() }).register(wireShapes, {
  id: 'NamedTemplateIn',
})
export const NamedTemplateOut = z
  .object({
    name: z.string(),
    title: z.string(),
    about: z.string(),
    fields: z.array(FieldOut),
    code: z.string(),
  })
  .register(wireShapes, { id: 'NamedTemplateOut' })

export const TemplateListed = z
  .object({
    name: z.string(),
    title: z.string(),
    about: z.string(),
    fields: z.array(FieldOut),
    /** Not one that an operator added. */
    builtIn: z.boolean(),
  })
  .register(wireShapes, { id: 'TemplateListedOut' })

export const TemplateOut = TemplateListed.extend({
  /** Null of one that is built in, as what follows. */
  code: z.string().nullable(),
  version: z.number().nullable(),
  /** How many use it: what changes, changes for them. */
  endpoints: z.number().nullable(),
  createdAt: time().nullable(),
  updatedAt: time().nullable(),
}).register(wireShapes, { id: 'TemplateOut' })

/** Throws 422 that names the field of the form. */
export function toFields(
  name: string,
  { title, about, fields, code }: z.output<typeof TemplateIn>,
  loc = ['body'],
): TemplateFields {
  return { name, title: title ?? name, about: about ?? '', fields: readForm(fields, loc), code }
}

/** Throws 422 that names the field. */
export function readForm(given: z.output<typeof FormIn> = [], loc = ['body']): Field[] {
  const form = given.map(({ name, title = name, type, required, choices, about }) => ({
    ...{ name, title, type, required, about },
    ...(choices && { choices }),
  }))
  const problem = problemOfForm(form)
  if (problem === null) return form
  const { index, member, message } = problem
  throw invalid([...loc, 'fields', `[${index}]`, member], message)
}

export const parameters = () =>
  onTheWire(z.record(z.string(), z.unknown()), {
    type: 'object',
    additionalProperties: {
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    },
    examples: [{ source: 'https://example.com/crm' }],
  })

/** Throws 422 that names the parameter. */
export function readParameters(
  fields: readonly Field[],
  given: Record<string, unknown> | undefined = {},
): Parameters {
  const problem = problemOfParameters(fields, given)
  if (problem !== null) throw invalid(['body', 'parameters', problem.name], problem.message)
  return given as Parameters
}

/**
 * An operator's own comes before a built-in one that a later Bellwire has by the same name. `hold` keeps
 * it as it is until the transaction ends. Throws 422.
 */
export async function templateNamed(
  db: Db,
  environmentId: EnvironmentId,
  { name, hold = false }: { name: string; hold?: boolean },
): Promise<{ own: OwnTemplate } | { own: null; builtIn: Template }> {
  const own = hold
    ? await holdTemplate(db, environmentId, { name, lock: 'share' })
    : await findTemplate(db, environmentId, name)
  if (own !== null) return { own }
  const builtIn = findBuiltIn(name)
  if (builtIn !== undefined) return { own: null, builtIn }
  const known = TEMPLATES.map((template) => template.name).join(', ')
  throw invalid(['body', 'name'], `no such template: built in are ${known}`)
}

const toField = ({ choices, ...field }: Field) => ({
  ...field,
  ...(choices && { choices: [...choices] }),
})

export const toListed = (
  { name, title, about, fields }: Pick<Template, 'name' | 'title' | 'about' | 'fields'>,
  { builtIn }: { builtIn: boolean },
) => ({ name, title, about, fields: fields.map(toField), builtIn })

export const toNamed = ({ name, title, about, fields, code }: OwnTemplate) => ({
  ...{ name, title, about, code },
  fields: fields.map(toField),
})

export const toOut = (template: OwnTemplate, endpoints: number): z.input<typeof TemplateOut> => ({
  ...toListed(template, { builtIn: false }),
  ...{ code: template.code, version: template.version, endpoints },
  createdAt: template.createdAt.toISOString(),
  updatedAt: template.updatedAt.toISOString(),
})

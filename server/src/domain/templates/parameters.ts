// What the form of a template says of the parameters that are filled in.
import type { Field, Parameters } from './template.ts'

const MAX_TEXT = 4_096
const MAX_LIST = 100

/** The first thing that is wrong with these parameters, and of which. */
export function problemOfParameters(
  fields: readonly Field[],
  parameters: Record<string, unknown>,
): { name: string; message: string } | null {
  for (const name of Object.keys(parameters)) {
    if (fields.some((field) => field.name === name)) continue
    const known = fields.map((field) => field.name).join(', ') || 'none'
    return { name, message: `no such parameter: this template has ${known}` }
  }
  for (const field of fields) {
    const value = Object.hasOwn(parameters, field.name) ? parameters[field.name] : undefined
    const message = problemOfValue(field, value)
    if (message !== null) return { name: field.name, message }
  }
  return null
}

function problemOfValue(field: Field, value: unknown): string | null {
  const { type, required, choices } = field
  if (value === undefined) return required ? `required: ${field.about || field.title}` : null
  if (type === 'list') {
    const isList = Array.isArray(value) && value.every(isText)
    if (!isList) return 'expected a list of texts'
    if (value.length > MAX_LIST) return `at most ${MAX_LIST} entries, not ${value.length}`
    return required && value.length === 0 ? `required: ${field.about || field.title}` : null
  }
  if (!isText(value)) return `expected a text of ${MAX_TEXT} characters at most`
  if (required && value === '') return `required: ${field.about || field.title}`
  if (choices !== undefined && !choices.includes(value)) {
    return `expected one of ${choices.join(', ')}`
  }
  // What becomes a header must fit into one.
  return type === 'secret' && !/^[\t\x20-\x7e]*$/.test(value)
    ? 'expected visible ASCII characters'
    : null
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TEXT && value.isWellFormed()

/** A value for every field of the form, whatever was filled in: code need not ask what is there. */
export function withDefaults(fields: readonly Field[], parameters: Parameters): Parameters {
  const entries = fields.map(({ name, type, choices = [] }): [string, string | string[]] => {
    const given = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    return [name, given ?? (type === 'list' ? [] : (choices[0] ?? ''))]
  })
  return Object.fromEntries(entries)
}

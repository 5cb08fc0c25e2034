// All templates, by name; what is checked of their parameters, and how one is applied.
import { parseExact } from '../exact-json.ts'
import type { Shaped, ShapeInput } from '../shape.ts'
import { make, n8n, zapier } from './automation.ts'
import { discord, googleChat, slack, teams, telegram } from './chat.ts'
import { cloudeventsBinary, cloudeventsStructured } from './cloudevents.ts'
import { hubspot, salesforce } from './crm.ts'
import { envelope } from './envelope.ts'
import { onlyFields } from './fields.ts'
import { pagerduty } from './pagerduty.ts'
import { plain } from './plain.ts'
import { form, queryString } from './query-string.ts'
import type { Field, Parameters, Template } from './template.ts'

export const TEMPLATES: readonly Template[] = [
  ...[plain, onlyFields, envelope, queryString, form, cloudeventsStructured, cloudeventsBinary],
  ...[slack, discord, teams, googleChat, telegram, hubspot, salesforce, zapier, make, n8n],
  pagerduty,
]

export const findTemplate = (name: string) => TEMPLATES.find((template) => template.name === name)

/** The request that a template makes of a message. */
export function applyTemplate(name: string, input: ShapeInput, parameters: Parameters): Shaped {
  const template = findTemplate(name)
  if (template === undefined) return { kind: 'failed', message: `There is no template ${name}` }
  return template.shape({ ...input, json: parsed(input.payload) }, parameters)
}

const MAX_TEXT = 4_096
const MAX_LIST = 100

/** The first thing that is wrong with these parameters, and of which. */
export function problemOfParameters(
  { fields }: Template,
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
  if (value === undefined) return required ? `required: ${field.about}` : null
  if (type === 'list') {
    const isList = Array.isArray(value) && value.every(isText)
    if (!isList) return 'expected a list of texts'
    if (value.length > MAX_LIST) return `at most ${MAX_LIST} entries, not ${value.length}`
    return required && value.length === 0 ? `required: ${field.about}` : null
  }
  if (!isText(value)) return `expected a text of ${MAX_TEXT} characters at most`
  if (required && value === '') return `required: ${field.about}`
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

function parsed(payload: Buffer): unknown {
  try {
    return parseExact(payload.toString('utf8'))
  } catch {
    return undefined
  }
}

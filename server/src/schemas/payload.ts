// Whether a payload is what the schema of its event type says, and the sentence when it is not.
import type { ErrorObject, ValidateFunction } from 'ajv'
import { compile, dialectOf } from './dialects.ts'
import { stepsOf } from './validity.ts'

export type PayloadProblem = { path: string[]; message: string }

/** By its text, so that a changed schema is another one. The oldest goes first. */
const compiled = new Map<string, ValidateFunction>()
const MAX_COMPILED = 200

/** The first problem of the payload, or null. Numbers are compared as JavaScript reads them. */
export function problemOfPayload(schema: string, payload: string): PayloadProblem | null {
  const validate = compiledOf(schema)
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    return { path: [], message: 'expected JSON' }
  }
  if (validate(value)) return null
  // The last one is the outermost of a failed `anyOf`; others come alone.
  const error = validate.errors!.at(-1)!
  return { path: pathOf(error, value), message: sentence(error) }
}

function compiledOf(text: string): ValidateFunction {
  const known = compiled.get(text)
  if (known !== undefined) {
    compiled.delete(text)
    compiled.set(text, known)
    return known
  }
  const schema = JSON.parse(text) as Record<string, unknown>
  const dialect = dialectOf(schema)
  if (dialect === null) throw new Error('its $schema is not known here')
  const validate = compile(schema, dialect)
  compiled.set(text, validate)
  if (compiled.size > MAX_COMPILED) compiled.delete(compiled.keys().next().value!)
  return validate
}

/** Positions in arrays stand in brackets, as everywhere in the API. */
function pathOf({ instancePath, params }: ErrorObject, root: unknown): string[] {
  const path: string[] = []
  let value = root
  for (const step of stepsOf(instancePath)) {
    path.push(Array.isArray(value) ? `[${step}]` : step)
    value = (value as Record<string, unknown> | undefined)?.[step]
  }
  const member: unknown =
    params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty']
  return typeof member === 'string' ? [...path, member] : path
}

/** What was expected and what came. It may quote the payload, so it is erased with it. */
function sentence({ keyword, params, message = '', data, schema }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return 'required, but missing'
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'expected no property of this name'
    case 'type':
      return `expected ${[params['type']].flat().join(' or ')}, got ${shown(data)}`
    case 'enum':
      return `expected one of ${brief(schema)}, got ${shown(data)}`
    case 'const':
      return `expected ${brief(schema)}, got ${shown(data)}`
    case 'false schema':
      return `expected nothing, got ${shown(data)}`
    default:
      return `${message}, got ${shown(data)}`
  }
}

/** Short values as they are, of long ones their kind and size. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length} items`
  if (typeof value === 'object' && value !== null) {
    return `an object of ${Object.keys(value).length} properties`
  }
  const text = String(JSON.stringify(value))
  return text.length <= 60 ? text : `a string of ${text.length - 2} characters`
}

function brief(value: unknown): string {
  const text = Array.isArray(value)
    ? value.map((one) => JSON.stringify(one)).join(', ')
    : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

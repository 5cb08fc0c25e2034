// The fields that an event type has: what its schema names, and what payloads really hold. Numbers are
// shown as they were written.
import { isRawNumber, parseExact } from '../domain/exact-json.ts'
import { type Field, type FieldType, type Found, fieldAt } from './field.ts'
import { fieldsOfSchema } from './schema-fields.ts'

const MAX_DEPTH = 10
const MAX_ELEMENTS = 10
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/

/** JSON text of a list; `payloads` are objects, the newest first. */
export function listFields(schema: string | null, payloads: string[]): string {
  const found: Found = new Map()
  if (schema !== null) fieldsOfSchema(found, JSON.parse(schema))
  for (const payload of payloads) addValue(found, [], parseExact(payload))
  const inner = new Set(
    [...found.values()].flatMap(({ path }) =>
      path.slice(1).map((_, index) => JSON.stringify(path.slice(0, index + 1))),
    ),
  )
  // A thing that is sometimes null and else has members is its members.
  const leaves = [...found].filter(([name]) => !inner.has(name)).map(([, field]) => field)
  const hasSchema = [...found.values()].some(({ declared }) => declared)
  return JSON.stringify(leaves.map((field) => toOut(field, hasSchema)))
}

function addValue(found: Found, path: string[], value: unknown): void {
  if (path.length > MAX_DEPTH) return
  if (Array.isArray(value) && value.some(isThing)) {
    for (const element of value.slice(0, MAX_ELEMENTS)) addValue(found, [...path, '[]'], element)
    return
  }
  if (isThing(value) && (path.length === 0 || Object.keys(value).length > 0)) {
    for (const [name, member] of Object.entries(value)) addValue(found, [...path, name], member)
    return
  }
  const field = fieldAt(found, path)
  if (field === undefined) return
  const type = typeOf(value)
  field.types.add(type)
  // The newest that says something.
  if (field.sample === undefined && type !== 'null') field.sample = value
}

const isThing = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

function typeOf(value: unknown): FieldType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (isRawNumber(value)) return /^-?\d+$/.test(value.rawJSON) ? 'integer' : 'number'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value as 'string' | 'boolean' | 'object'
}

function toOut({ path, types, declared, title, format, sample }: Field, hasSchema: boolean) {
  const key = path.join('.').replaceAll('.[]', '[]')
  const type = oneOf(types)
  const shown = format ?? (type === 'string' && isDateTime(sample) ? 'date-time' : undefined)
  return {
    key,
    path,
    label: title ?? key,
    type,
    ...(shown !== undefined && { format: shown }),
    nullable: types.has('null'),
    custom: hasSchema && !declared,
    ...(sample !== undefined && { sample }),
  }
}

function oneOf(types: Set<FieldType>): FieldType {
  const [first, ...others] = [...types].filter((type) => type !== 'null')
  if (first === undefined) return types.size === 0 ? 'any' : 'null'
  if (others.length === 0) return first
  const numeric = [first, ...others].every((type) => type === 'integer' || type === 'number')
  return numeric ? 'number' : 'any'
}

const isDateTime = (sample: unknown) => typeof sample === 'string' && DATE_TIME.test(sample)

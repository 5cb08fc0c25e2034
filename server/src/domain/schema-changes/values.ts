// Which types and values a schema allows by itself, and what became of them.
import { isRawNumber } from '../exact-json.ts'
import { brief, type Json, type SchemaChange, textOf } from './schema-change.ts'

type Found = Omit<SchemaChange, 'path'>

/** `number` is both of its kinds, so that integers among numbers are found. */
const ALL = ['null', 'boolean', 'string', 'integer', 'fraction', 'array', 'object']

export function typeChanges(before: Json, after: Json): Found[] {
  // Of two lists of values those say it all.
  if (valuesOf(before) !== null && valuesOf(after) !== null) return []
  const [a, b] = [typesOf(before), typesOf(after)]
  const gone = a.filter((type) => !b.includes(type))
  const came = b.filter((type) => !a.includes(type))
  if (gone.length === 0 && came.length === 0) return []
  const breaks: Found['breaks'] = [
    ...(gone.length > 0 ? (['senders'] as const) : []),
    ...(came.length > 0 ? (['receivers'] as const) : []),
  ]
  return [{ kind: 'type', message: `type: ${spoken(a)} → ${spoken(b)}`, breaks }]
}

export function valueChanges(before: Json, after: Json): Found[] {
  const [a, b] = [valuesOf(before), valuesOf(after)]
  if (a === null && b === null) return []
  if (a === null) {
    return [{ kind: 'value', message: `only ${listed(b!)} from now on`, breaks: ['senders'] }]
  }
  if (b === null) {
    return [{ kind: 'value', message: `no longer only ${listed(a)}`, breaks: ['receivers'] }]
  }
  const [had, has] = [a.map(textOf), b.map(textOf)]
  const gone = a.filter((value) => !has.includes(textOf(value)))
  const came = b.filter((value) => !had.includes(textOf(value)))
  const found: Found[] = []
  if (gone.length > 0) {
    found.push({ kind: 'value', message: `no longer ${listed(gone)}`, breaks: ['senders'] })
  }
  if (came.length > 0) {
    found.push({ kind: 'value', message: `may be ${listed(came)} too`, breaks: ['receivers'] })
  }
  return found
}

export function typesOf(schema: Json): string[] {
  const named = namedTypes(schema)
  const values = valuesOf(schema)?.map(typeOfValue)
  return ALL.filter((one) => named.includes(one) && (values === undefined || values.includes(one)))
}

const namedTypes = ({ type }: Json): string[] =>
  type === undefined ? ALL : [type].flat().flatMap(kindsOf)

const kindsOf = (type: unknown) => (type === 'number' ? ['integer', 'fraction'] : [String(type)])

/** Those that its type allows; null when it lists none. */
function valuesOf(schema: Json): unknown[] | null {
  const { const: one, enum: many } = schema
  const values = one !== undefined ? [one] : many
  if (!Array.isArray(values)) return null
  const named = namedTypes(schema)
  return values.filter((value) => named.includes(typeOfValue(value)))
}

function typeOfValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  const number = isRawNumber(value) ? Number(value.rawJSON) : value
  if (typeof number === 'number') return Number.isInteger(number) ? 'integer' : 'fraction'
  return typeof value
}

function spoken(types: string[]): string {
  if (types.length === ALL.length) return 'any'
  if (types.length === 0) return 'none'
  const isAnyNumber = types.includes('integer') && types.includes('fraction')
  const names = types
    .filter((type) => !(isAnyNumber && type === 'fraction'))
    .map((type) => (type === 'fraction' || (isAnyNumber && type === 'integer') ? 'number' : type))
  return names.join(' or ')
}

const MOST = 8

function listed(values: unknown[]): string {
  const shown = values.slice(0, MOST).map(brief).join(', ')
  return values.length > MOST ? `${shown} and ${values.length - MOST} more` : shown
}

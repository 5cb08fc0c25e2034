// The fields that a JSON Schema names, as far as its own document says.
import { type FieldType, type Found, fieldAt } from './field.ts'

type Json = Record<string, unknown>
type Place = { found: Found; root: Json; path: string[]; depth: number }

/** References count as depth, so that what leads back to itself ends. */
const MAX_DEPTH = 20
const TYPES = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'null']
const PARTS = ['allOf', 'anyOf', 'oneOf']

export function fieldsOfSchema(found: Found, schema: unknown) {
  if (isObject(schema)) add({ found, root: schema, path: [], depth: 0 }, schema)
}

function add({ depth, ...at }: Place, schema: unknown): void {
  if (depth > MAX_DEPTH || !isObject(schema)) return
  const place = { ...at, depth: depth + 1 }
  if (typeof schema['$ref'] === 'string') add(place, follow(at.root, schema['$ref']))
  for (const part of PARTS) {
    const schemas = schema[part]
    if (Array.isArray(schemas)) for (const one of schemas) add(place, one)
  }
  const { properties, items } = schema
  const members = isObject(properties) ? Object.entries(properties) : []
  for (const [name, member] of members) add({ ...place, path: [...at.path, name] }, member)
  const isOfThings = isObject(items) && (isObject(items['properties']) || '$ref' in items)
  if (isOfThings) add({ ...place, path: [...at.path, '[]'] }, items)
  if (at.path.length > 0 && members.length === 0 && !isOfThings) note(at, schema)
}

function note({ found, path }: Omit<Place, 'depth'>, schema: Json) {
  const types = [schema['type']].flat().filter((type) => TYPES.includes(String(type)))
  const { title, format } = schema
  const field = fieldAt(found, path)
  if (field === undefined) return
  field.declared = true
  for (const type of types) field.types.add(type as FieldType)
  if (typeof title === 'string') field.title = title
  if (typeof format === 'string') field.format = format
}

/** Within the document; what lies elsewhere says nothing here. */
function follow(root: Json, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined
  const steps = reference.slice(2).split('/')
  return steps.reduce<unknown>((value, step) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  }, root)
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

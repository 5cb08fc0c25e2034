// A schema with what its `$ref` and `allOf` say written into it, so that moving a rule there and back is
// no change. Looks one level deep: members are flattened when they are looked at.
import { BOUNDS } from './bounds.ts'
import { isObject, isSame, type Json, numberOf, textOf } from './schema-change.ts'

/** Keywords that map names to schemas. */
const MAPS = ['patternProperties', 'definitions', '$defs']
const SCHEMAS = ['additionalProperties', 'unevaluatedProperties', 'items', 'propertyNames']
const NOTES = ['title', 'description', 'examples', 'default', 'deprecated', '$id', '$schema']

export function createFlattener(root: unknown) {
  const known = new Map<Json, Json>()
  const both = createBoth()

  return function flatten(schema: Json): Json {
    const before = known.get(schema)
    if (before !== undefined) return before
    // What leads back to itself says nothing more.
    known.set(schema, {})
    const { $ref, allOf, ...own } = schema
    const target = resolve(root, $ref)
    // A pointer that leads out of the document stays, and is compared as the text that it is.
    const start = $ref === undefined || target !== null ? own : { $ref, ...own }
    const parts = [target, ...(Array.isArray(allOf) ? allOf : [])].filter(isObject)
    const flat = parts.map(flatten).reduce((a, b) => merge(a, b, both), start)
    known.set(schema, flat)
    return flat
  }
}

type Both = (a: unknown, b: unknown) => unknown

/**
 * Two schemas as one. The same parts are the same object each time, whichever way they came together:
 * of a document that leads back to itself there are only so many, and each is looked at once.
 */
function createBoth(): Both {
  const partsOf = new Map<unknown, unknown[]>()
  const numbers = new Map<string, number>()
  const made = new Map<string, Json>()
  const numbered = (part: unknown) => {
    const text = textOf(part)
    const number = numbers.get(text) ?? numbers.size
    numbers.set(text, number)
    return number
  }
  return (a, b) => {
    if (a === false || b === false) return false
    if (a === true || a === b) return b
    if (b === true) return a
    const all = [a, b].flatMap((one) => partsOf.get(one) ?? [one])
    const parts = new Map(all.map((part) => [numbered(part), part]))
    if (parts.size === 1) return a
    const name = [...parts.keys()].sort((one, other) => one - other).join()
    const schema = made.get(name) ?? { allOf: [...parts.values()] }
    made.set(name, schema)
    partsOf.set(schema, [...parts.values()])
    return schema
  }
}

/** Of a pointer within the document, the schema there; null when it leads elsewhere or nowhere. */
export function resolve(root: unknown, pointer: unknown): Json | null {
  if (typeof pointer !== 'string' || !/^#(\/|$)/.test(pointer)) return null
  let found = root
  for (const step of stepsOf(pointer)) {
    const isThere = typeof found === 'object' && found !== null && Object.hasOwn(found, step)
    if (!isThere) return null
    found = (found as Json)[step]
  }
  if (found === true) return {}
  return isObject(found) ? found : null
}

function stepsOf(pointer: string): string[] {
  try {
    const steps = decodeURIComponent(pointer).split('/').slice(1)
    return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  } catch {
    return [pointer]
  }
}

/** Both must hold. */
function merge(a: Json, b: Json, both: Both): Json {
  const merged: Json = { ...a }
  const members = mergeMembers(a, b, both)
  if (members !== null) merged['properties'] = members
  for (const [name, value] of Object.entries(b)) {
    const own = merged[name]
    if (name === 'properties') continue
    if (own === undefined) merged[name] = value
    else if (NOTES.includes(name)) continue
    else if (SCHEMAS.includes(name)) merged[name] = both(own, value)
    else if (MAPS.includes(name)) merged[name] = mergeMaps(own as Json, value as Json, both)
    else if (isSame(own, value)) continue
    else if (name === 'required') merged[name] = [...new Set([own, value].flat())]
    else if (name === 'type') merged[name] = commonTypes([own].flat(), [value].flat())
    else if (Object.hasOwn(BOUNDS, name)) merged[name] = stricter(name, own, value)
    else merged['allOf'] = [[merged['allOf'] ?? []].flat(), { [name]: value }].flat()
  }
  return merged
}

/** What one does not name follows its rule for other members. */
function mergeMembers(a: Json, b: Json, both: Both): Json | null {
  const [one, other] = [a['properties'], b['properties']]
  if (!isObject(one) && !isObject(other)) return null
  const ruleOf = (schema: Json, name: string) => {
    const { properties, additionalProperties = true } = schema
    const isNamed = isObject(properties) && Object.hasOwn(properties, name)
    return isNamed ? properties[name] : additionalProperties
  }
  const names = [one, other].flatMap((map) => (isObject(map) ? Object.keys(map) : []))
  return Object.fromEntries(
    [...new Set(names)].map((name) => [name, both(ruleOf(a, name), ruleOf(b, name))]),
  )
}

function mergeMaps(a: Json, b: Json, both: Both): Json {
  const names = Object.keys({ ...a, ...b })
  return Object.fromEntries(
    names.map((name) => {
      if (!Object.hasOwn(a, name)) return [name, b[name]]
      return [name, Object.hasOwn(b, name) ? both(a[name], b[name]) : a[name]]
    }),
  )
}

const commonTypes = (a: unknown[], b: unknown[]) => [
  ...a.filter((type) => b.includes(type) || (type === 'integer' && b.includes('number'))),
  ...b.filter((type) => type === 'integer' && a.includes('number') && !a.includes('integer')),
]

function stricter(name: string, a: unknown, b: unknown): unknown {
  const [one, other] = [numberOf(a) ?? 0, numberOf(b) ?? 0]
  return BOUNDS[name] === 'least' ? Math.max(one, other) : Math.min(one, other)
}

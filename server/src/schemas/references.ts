// The places in a schema where a pointer may stand. What stands in `examples` or `const` is data, and a
// schema with an `$id` is a document of its own, whose pointers lead to itself.
import { DocumentError, isObject, type Json } from './document.ts'
import { stepsOf } from './validity.ts'

const MAX_DEPTH = 64
const DATA = ['const', 'enum', 'default', 'examples', 'example']
const MAPS = ['properties', 'patternProperties', 'definitions', '$defs', 'dependentSchemas']

/** A copy in which each pointer is what `to` makes of it. */
export function mapPointers(
  schema: unknown,
  to: (pointer: string, at: string[]) => string,
  at: string[] = [],
): unknown {
  const start = at.length
  function copy(part: unknown, at: string[], isMap = false): unknown {
    if (at.length > start + MAX_DEPTH) {
      throw new DocumentError(at.slice(0, start), `nested deeper than ${MAX_DEPTH} levels`)
    }
    if (Array.isArray(part)) return part.map((one, index) => copy(one, [...at, String(index)]))
    if (!isObject(part) || (!isMap && isOwnDocument(part))) return part
    return Object.fromEntries(
      Object.entries(part).map(([key, member]) => {
        if (isMap) return [key, copy(member, [...at, key])]
        if (DATA.includes(key)) return [key, member]
        if (key === '$ref' && typeof member === 'string') return [key, to(member, at)]
        return [key, copy(member, [...at, key], MAPS.includes(key))]
      }),
    )
  }
  return copy(schema, at)
}

/** Has a name of its own, and its pointers lead to places in it. */
export function isOwnDocument(schema: Json): boolean {
  const { $id, ...rest } = schema
  if (typeof $id !== 'string' || $id.startsWith('#')) return false
  return pointersOf(rest).every(
    (pointer) => !pointer.startsWith('#/') || findIn(schema, decoded(pointer)) !== undefined,
  )
}

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer)
  } catch {
    return pointer
  }
}

/** All pointers in the schema itself. */
export function pointersOf(schema: Json): string[] {
  const found: string[] = []
  mapPointers(schema, (pointer) => {
    found.push(pointer)
    return pointer
  })
  return found
}

/** What a pointer within the document leads to; undefined when there is nothing. */
export function findIn(document: unknown, pointer: string): unknown {
  let found = document
  for (const step of stepsOf(pointer)) {
    const isThere = typeof found === 'object' && found !== null && Object.hasOwn(found, step)
    if (!isThere) return undefined
    found = (found as Json)[step]
  }
  return found
}

/** As a part of a pointer in a URI. */
export const encodeStep = (name: string) =>
  encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))

export const pointerTo = (steps: string[]) => ['#', ...steps.map(encodeStep)].join('/')

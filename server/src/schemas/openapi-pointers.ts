// Following `$ref` inside one document.
import { isRawNumber } from '../domain/exact-json.ts'
import { stepsOf } from './validity.ts'

export type Json = { [name: string]: unknown }

export class OpenApiError extends Error {
  override name = 'OpenApiError'
  readonly path: string[]
  constructor(path: string[], message: string) {
    super(message)
    this.path = path
  }
}

/** Pointers to pointers to pointers: nobody needs more, and a circle has no end. */
const MAX_HOPS = 20
const MAX_DEPTH = 64
/** What our own document calls the schemas of event types: inside them pointers are their own. */
const OWN_ID = /^urn:bellwire:event-type:/

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

export function createPointers(document: Json) {
  /** The object at `path`, or the one that it points at. */
  function follow(value: unknown, path: string[]): Json {
    let found = value
    for (let hops = 0; hops <= MAX_HOPS; hops++) {
      if (!isObject(found)) throw new OpenApiError(path, 'expected an object')
      if (typeof found['$ref'] !== 'string') return found
      found = resolve(found['$ref'], path)
    }
    throw new OpenApiError(path, `its $ref leads on and on, more than ${MAX_HOPS} times`)
  }

  function resolve(pointer: string, path: string[]): unknown {
    if (pointer !== '#' && !pointer.startsWith('#/')) {
      throw new OpenApiError(
        [...path, '$ref'],
        `${JSON.stringify(pointer.slice(0, 200))} is not inside this document (#/…): other files and addresses are not fetched`,
      )
    }
    let found: unknown = document
    for (const step of stepsOf(decode(pointer, path))) {
      const isThere = typeof found === 'object' && found !== null && Object.hasOwn(found, step)
      if (!isThere) {
        throw new OpenApiError(
          [...path, '$ref'],
          `${pointer.slice(0, 200)} leads nowhere in this document`,
        )
      }
      found = (found as Json)[step]
    }
    return found
  }

  /**
   * The schema at `path` by itself: what it points at comes along under `definitions`, so that one that
   * contains itself stays as short as it is.
   */
  function bundle(value: unknown, path: string[]): Json {
    const names = new Map<string, string>()
    const definitions: Json = {}

    function nameOf(pointer: string, at: string[]): string {
      const known = names.get(pointer)
      if (known !== undefined) return known
      const last = stepsOf(pointer).at(-1) ?? 'document'
      const taken = new Set(names.values())
      let name = last
      for (let n = 2; taken.has(name); n++) name = `${last}-${n}`
      names.set(pointer, name)
      // A place in the order of first mention, before what it mentions itself.
      definitions[name] = null
      definitions[name] = copy(resolve(pointer, at), stepsOf(pointer))
      return name
    }

    function copy(part: unknown, at: string[]): unknown {
      if (at.length > path.length + MAX_DEPTH) {
        throw new OpenApiError(path, `nested deeper than ${MAX_DEPTH} levels`)
      }
      if (Array.isArray(part)) return part.map((one, index) => copy(one, [...at, String(index)]))
      if (!isObject(part)) return part
      return Object.fromEntries(
        Object.entries(part).map(([key, member]) => {
          if (key !== '$ref' || typeof member !== 'string') return [key, copy(member, [...at, key])]
          return [key, `#/definitions/${encode(nameOf(member, at))}`]
        }),
      )
    }

    const own = isObject(value) && OWN_ID.test(String(value['$id']))
    if (own) {
      const { $id: _, ...schema } = value
      return schema
    }
    const schema = copy(value, path)
    if (!isObject(schema)) throw new OpenApiError(path, 'expected a schema, which is an object')
    if (names.size === 0) return schema
    const given = isObject(schema['definitions']) ? schema['definitions'] : {}
    return { ...schema, definitions: { ...given, ...definitions } }
  }

  return { follow, bundle }
}

const encode = (name: string) =>
  encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))

function decode(pointer: string, path: string[]): string {
  try {
    return decodeURIComponent(pointer)
  } catch {
    throw new OpenApiError(
      [...path, '$ref'],
      `${pointer.slice(0, 200)} is not percent-encoded UTF-8`,
    )
  }
}

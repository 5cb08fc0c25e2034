// Following `$ref` inside one document.
import { isDialect } from './dialects.ts'
import { DocumentError, isObject, type Json } from './document.ts'
import { encodeStep, findIn, mapPointers } from './references.ts'
import { stepsOf } from './validity.ts'

/** Pointers to pointers to pointers: nobody needs more, and a circle has no end. */
const MAX_HOPS = 20
/** What our own document calls the schemas of event types: inside them pointers are their own. */
const OWN_ID = /^urn:bellwire:event-type:/

export function createPointers(document: Json) {
  /** The object at `path`, or the one that it points at. */
  function follow(value: unknown, path: string[]): Json {
    let found = value
    for (let hops = 0; hops <= MAX_HOPS; hops++) {
      if (!isObject(found)) throw new DocumentError(path, 'expected an object')
      if (typeof found['$ref'] !== 'string') return found
      found = resolve(found['$ref'], path)
    }
    throw new DocumentError(path, `its $ref leads on and on, more than ${MAX_HOPS} times`)
  }

  function resolve(pointer: string, path: string[]): unknown {
    if (pointer !== '#' && !pointer.startsWith('#/')) {
      throw new DocumentError(
        [...path, '$ref'],
        `${JSON.stringify(pointer.slice(0, 200))} is not inside this document (#/…): other files and addresses are not fetched`,
      )
    }
    const found = findIn(document, decode(pointer, path))
    if (found !== undefined) return found
    throw new DocumentError(
      [...path, '$ref'],
      `${pointer.slice(0, 200)} leads nowhere in this document`,
    )
  }

  /**
   * The schema at `path` by itself: what it points at comes along under `definitions`, so that one that
   * contains itself stays as short as it is. When it is nothing but a pointer to a place for which
   * `isOwn` holds, it is the schema there, and pointers into that place stay pointers into itself.
   * With `ownFirst` so do those that lead somewhere in it when it stands alone.
   */
  function bundle(
    value: unknown,
    path: string[],
    { isOwn = () => false, ownFirst = false }: Bundling = {},
  ): Json {
    const names = new Map<string, string>()
    const definitions: Json = {}
    const steps = isObject(value) && Object.keys(value).join() === '$ref' ? stepsIn(value) : null
    const home = steps !== null && isOwn(steps) ? steps : isOwn(path) ? path : null
    const given = home === null || home === path ? value : resolve(pointerIn(value), path)
    const own = isObject(given) && isObject(given['definitions']) ? given['definitions'] : {}

    function stepsIn({ $ref }: Json): string[] | null {
      return typeof $ref === 'string' ? stepsOf(decode($ref, path)) : null
    }

    function nameOf(pointer: string, at: string[]): string {
      const known = names.get(pointer)
      if (known !== undefined) return known
      const last = stepsOf(decode(pointer, at)).at(-1) ?? 'document'
      const taken = new Set([...names.values(), ...Object.keys(own)])
      let name = last
      for (let n = 2; taken.has(name); n++) name = `${last}-${n}`
      names.set(pointer, name)
      // A place in the order of first mention, before what it mentions itself.
      definitions[name] = null
      const target = resolve(pointer, at)
      definitions[name] = copy(target, stepsOf(pointer))
      return name
    }

    const copy = (part: unknown, at: string[]) => mapPointers(part, toOwn, at)

    function toOwn(pointer: string, at: string[]): string {
      if (isDialect(pointer)) return pointer
      const isInRoot = ownFirst && (home ?? path).every((step, index) => at[index] === step)
      if (isInRoot && isObject(given) && leadsInto(given, pointer, at)) return pointer
      if (home !== null && pointer.startsWith('#')) {
        const steps = stepsOf(decode(pointer, at))
        const isInside = home.every((step, index) => steps[index] === step)
        // The rest as it is spelled.
        if (isInside) return ['#', ...pointer.split('/').slice(1 + home.length)].join('/')
      }
      return `#/definitions/${encodeStep(nameOf(pointer, at))}`
    }

    if (isObject(given) && OWN_ID.test(String(given['$id']))) {
      const { $id: _, ...schema } = given
      return schema
    }
    const schema = copy(given, home ?? path)
    if (!isObject(schema)) throw new DocumentError(path, 'expected a schema, which is an object')
    if (names.size === 0) return schema
    const copied = isObject(schema['definitions']) ? schema['definitions'] : {}
    return { ...schema, definitions: { ...copied, ...definitions } }
  }

  return { follow, bundle }
}

type Bundling = { isOwn?(steps: string[]): boolean; ownFirst?: boolean }

/** What is named without a place is a part's own name. */
const leadsInto = (schema: Json, pointer: string, at: string[]) =>
  /^#([^/]|$)/.test(pointer) ||
  (pointer.startsWith('#/') && findIn(schema, decode(pointer, at)) !== undefined)

const pointerIn = (value: unknown) => (value as { $ref: string }).$ref

function decode(pointer: string, path: string[]): string {
  try {
    return decodeURIComponent(pointer)
  } catch {
    throw new DocumentError(
      [...path, '$ref'],
      `${pointer.slice(0, 200)} is not percent-encoded UTF-8`,
    )
  }
}

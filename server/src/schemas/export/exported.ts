import type { CatalogEntry } from '../../domain/catalog.ts'
import { parseExact } from '../../domain/exact-json.ts'
import type { Json } from '../document.ts'
import { otherAt } from '../read-event-type.ts'
import { mapPointers, pointersOf, pointerTo } from '../references.ts'

/** Text travels to the thread; here it is read. */
export type Exported = CatalogEntry

export type Versions = {
  /** The highest: what documents show. Null without a schema. */
  newest: { version: string; schema: Json } | null
  others: Json
}

export function versionsOf({ schemas }: Exported): Versions {
  const all = schemas === null ? {} : (parseExact(schemas) as Json)
  const [version] = Object.keys(all).sort((a, b) => Number(b) - Number(a) || (a < b ? 1 : -1))
  if (version === undefined) return { newest: null, others: {} }
  const { [version]: schema, ...others } = all
  return { newest: { version, schema: schema as Json }, others }
}

/**
 * The schema as it must be written at that place of a document, so that its pointers still lead into it.
 * One that names its parts in another way than by their place gets a name of its own, which has the same
 * effect; one that has a name already needs nothing.
 */
export function placed(schema: Json, place: string[], name: string): Json {
  if (typeof schema['$id'] === 'string') return schema
  const pointers = pointersOf(schema)
  if (pointers.some((pointer) => /^#[^/]/.test(pointer))) {
    return { $id: `urn:bellwire:event-type:${name}`, ...schema }
  }
  const base = pointerTo(place)
  const toPlace = (pointer: string) =>
    pointer.startsWith('#') ? `${base}${pointer.slice(1)}` : pointer
  return mapPointers(schema, toPlace) as Json
}

/** Of one event type, what only we read. */
export function extensionsOf(entry: Exported): Json {
  const { newest } = versionsOf(entry)
  const { featureFlags } = entry
  return {
    ...(featureFlags !== null &&
      featureFlags.length > 0 && { 'x-svix-feature-flags': featureFlags }),
    ...(newest !== null && newest.version !== '1' && { 'x-bellwire-version': newest.version }),
  }
}

/** What everybody reads is the newest version; the others stand at the end of the document. */
export function otherSchemasOf(entries: Exported[]): Json {
  const found = entries.flatMap((entry) => {
    const { name } = entry
    const others = Object.entries(versionsOf(entry).others).map(([version, schema]) => [
      version,
      placed(schema as Json, otherAt(name, version), `${name}:${version}`),
    ])
    return others.length === 0 ? [] : [[name, Object.fromEntries(others)]]
  })
  return found.length === 0 ? {} : { 'x-bellwire-schemas': Object.fromEntries(found) as Json }
}

export const HEADERS = [
  ['webhook-id', 'The same for every attempt to deliver this message'],
  ['webhook-timestamp', 'When the attempt was made, in seconds since 1970'],
  ['webhook-signature', 'Of the two above and the body, to be verified'],
] as const

import type { CatalogEntry } from '../../domain/catalog.ts'
import { parseExact } from '../../domain/exact-json.ts'
import type { Json } from '../document.ts'
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

/** What everybody reads is the newest version; we read the others too. */
export function extensionsOf(entry: Exported, place: string[]): Json {
  const { newest, others } = versionsOf(entry)
  const { featureFlags } = entry
  const written = Object.entries(others).map(([version, schema]) => [
    version,
    placed(schema as Json, [...place, 'x-bellwire-schemas', version], `${entry.name}:${version}`),
  ])
  return {
    ...(featureFlags !== null && { 'x-svix-feature-flags': featureFlags }),
    ...(newest !== null && newest.version !== '1' && { 'x-bellwire-version': newest.version }),
    ...(written.length > 0 && { 'x-bellwire-schemas': Object.fromEntries(written) as Json }),
  }
}

export const HEADERS = [
  ['webhook-id', 'The same for every attempt to deliver this message'],
  ['webhook-timestamp', 'When the attempt was made, in seconds since 1970'],
  ['webhook-signature', 'Of the two above and the body, to be verified'],
] as const

// A catalogue is what an environment, or a document, says of its event types. Here: what one that is
// read makes of one that is there, and what changes by that.
import type { EventType } from './event-type.ts'
import { parseExact } from './exact-json.ts'
import { schemaChanges } from './schema-changes/compare.ts'
import { brief, isSame, type Json, type SchemaChange } from './schema-changes/schema-change.ts'

export type CatalogEntry = Pick<
  EventType,
  'name' | 'description' | 'archived' | 'deprecated' | 'schemas' | 'featureFlags' | 'groupName'
>
/** What a document says of an event type; null is nothing, so that it stays as it is. */
export type ReadEntry = Omit<CatalogEntry, 'archived'>

export const CATALOG_FIELDS = [
  'description',
  'archived',
  'deprecated',
  'schemas',
  'featureFlags',
  'groupName',
] as const
type Field = (typeof CATALOG_FIELDS)[number]

/** Of a schema, `version` and the path in it. */
export type CatalogChange = SchemaChange & { field: Field; version: string | null }
export type ChangedEventType = { name: string; changes: CatalogChange[] }
export type CatalogDifference = {
  added: string[]
  changed: ChangedEventType[]
  unchanged: string[]
  archived: string[]
}

/** Flags and group stay when the document says nothing of them: no flag would show it to everybody. */
export function entryFrom(read: ReadEntry, existing: CatalogEntry | undefined): CatalogEntry {
  const flags = read.featureFlags ?? existing?.featureFlags ?? []
  const group = read.groupName ?? existing?.groupName ?? ''
  return {
    name: read.name,
    description: read.description,
    archived: false,
    deprecated: read.deprecated,
    schemas: read.schemas,
    // None is null or empty, as it was.
    featureFlags: flags.length > 0 ? flags : existing?.featureFlags?.length === 0 ? [] : null,
    groupName: group !== '' ? group : existing?.groupName === '' ? '' : null,
  }
}

/** `archiveOthers`: those that only `before` has are archived. */
export function catalogDifference(
  before: CatalogEntry[],
  after: CatalogEntry[],
  { archiveOthers }: { archiveOthers: boolean },
): CatalogDifference {
  const known = new Map(before.map((entry) => [entry.name, entry]))
  const found: CatalogDifference = { added: [], changed: [], unchanged: [], archived: [] }
  for (const entry of after) {
    const was = known.get(entry.name)
    const changes = was === undefined ? [] : entryChanges(was, entry)
    if (was === undefined) found.added.push(entry.name)
    else if (changes.length === 0) found.unchanged.push(entry.name)
    else found.changed.push({ name: entry.name, changes })
  }
  const kept = new Set(after.map(({ name }) => name))
  const others = before.filter(({ name, archived }) => !archived && !kept.has(name))
  if (archiveOthers) found.archived = others.map(({ name }) => name)
  return found
}

/** Receivers rely on an event type that goes. */
export const breaksAnything = ({ changed, archived }: CatalogDifference) =>
  archived.length > 0 || changed.some(({ changes }) => changes.some(({ breaks }) => breaks.length))

/** Whether two texts of schemas say the same, however they are spaced; no versions are no schemas. */
export const isSameSchemas = (a: string | null, b: string | null) =>
  a === b || isSame(parseExact(a ?? '{}'), parseExact(b ?? '{}'))

function entryChanges(before: CatalogEntry, after: CatalogEntry): CatalogChange[] {
  const plain = (['description', 'deprecated', 'featureFlags', 'groupName'] as const).flatMap(
    (field) => {
      const [a, b] = [before[field], after[field]]
      return isSame(a, b) ? [] : [noted(field, `${brief(a)} → ${brief(b)}`)]
    },
  )
  const back = before.archived ? [noted('archived', 'is back from the archive')] : []
  return [...back, ...plain, ...versionChanges(before.schemas, after.schemas)]
}

const noted = (field: Field, message: string): CatalogChange => ({
  ...{ field, version: null, path: [], kind: 'described', message, breaks: [] },
})

function versionChanges(before: string | null, after: string | null): CatalogChange[] {
  if (isSameSchemas(before, after)) return []
  const [a, b] = [before, after].map((text) => parseExact(text ?? '{}') as Json)
  const versions = Object.keys({ ...a, ...b })
  return versions.flatMap((version) => {
    const at = (change: SchemaChange): CatalogChange => ({ ...change, field: 'schemas', version })
    const [was, is] = [a, b].map((map) => Object.hasOwn(map!, version))
    if (was && is) return schemaChanges(a![version], b![version]).map(at)
    // Nothing was promised before there was one.
    if (is) return [at({ path: [], kind: 'rule', message: 'the schema is new', breaks: [] })]
    const message = 'the schema is gone'
    return [at({ path: [], kind: 'rule', message, breaks: ['receivers'] })]
  })
}

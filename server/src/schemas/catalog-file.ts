// The event types of a catalogue: a document of our own, which says just what an event type has. A set
// of named JSON Schemas is one too.
import { DocumentError, isObject, isText, type Json } from './document.ts'
import { createPointers } from './pointers.ts'
import {
  checkedSchemas,
  MAX_EVENT_TYPES,
  type ReadEventType,
  withExamples,
} from './read-event-type.ts'

const FIELDS = [
  ...['description', 'group', 'deprecated', 'featureFlags', 'schema', 'schemas', 'examples'],
]

/** Throws DocumentError. */
export function eventTypesOfCatalog(document: Json): ReadEventType[] {
  const { eventTypes } = document
  if (!isObject(eventTypes)) {
    throw new DocumentError(['eventTypes'], 'expected an object with an entry for each event type')
  }
  const entries = Object.entries(eventTypes)
  if (entries.length > MAX_EVENT_TYPES) {
    throw new DocumentError(
      ['eventTypes'],
      `at most ${MAX_EVENT_TYPES} event types, not ${entries.length}`,
    )
  }
  return entries.map(([name, entry]) => toEventType(document, { name, entry: entry ?? {} }))
}

function toEventType(
  document: Json,
  { name, entry }: { name: string; entry: unknown },
): ReadEventType {
  const path = ['eventTypes', name]
  if (!isObject(entry)) throw new DocumentError(path, 'expected an object')
  const unknown = Object.keys(entry).find((field) => !FIELDS.includes(field))
  if (unknown !== undefined) {
    throw new DocumentError([...path, unknown], `unknown: expected one of ${FIELDS.join(', ')}`)
  }
  const { description, group, deprecated = false, featureFlags } = entry
  assertIs([...path, 'deprecated'], typeof deprecated === 'boolean', 'true or false')
  assertIs([...path, 'group'], isAbsent(group) || typeof group === 'string', 'a name, or null')
  assertIs(
    [...path, 'description'],
    isAbsent(description) || typeof description === 'string',
    'text',
  )
  const areFlags =
    isAbsent(featureFlags) || (Array.isArray(featureFlags) && featureFlags.every(isText))
  assertIs([...path, 'featureFlags'], areFlags, 'a list of names')
  const schemas = schemasOf(document, { entry, path })
  return {
    path,
    name,
    description: (description as string | undefined) ?? describedBy(schemas),
    deprecated: deprecated as boolean,
    schemas: schemas && checkedSchemas(schemas, (version) => placeOf(entry, path, version)),
    featureFlags: featureFlags === null ? [] : ((featureFlags as string[] | undefined) ?? null),
    groupName: group === null ? '' : ((group as string | undefined) ?? null),
  }
}

const isAbsent = (value: unknown) => value === undefined || value === null

function assertIs(path: string[], holds: boolean, expected: string) {
  if (!holds) throw new DocumentError(path, `expected ${expected}`)
}

const placeOf = (entry: Json, path: string[], version: string) =>
  entry['schemas'] === undefined ? [...path, 'schema'] : [...path, 'schemas', version]

/** By version; null without any. A schema that is but a pointer is what it points at. */
function schemasOf(document: Json, { entry, path }: { entry: Json; path: string[] }): Json | null {
  const { schema, schemas, examples = [] } = entry
  const { bundle } = createPointers(document)
  if (!Array.isArray(examples)) throw new DocumentError([...path, 'examples'], 'expected a list')
  if (schemas !== undefined && schema !== undefined) {
    throw new DocumentError(path, 'give either `schema` or `schemas`, not both')
  }
  const read = (value: unknown, at: string[]) =>
    bundle(value, at, { isOwn: () => true, ownFirst: true })
  if (schemas === undefined) {
    if (schema === undefined && examples.length === 0) return null
    return { 1: withExamples(read(schema ?? {}, [...path, 'schema']), examples) }
  }
  if (!isObject(schemas)) {
    throw new DocumentError([...path, 'schemas'], 'expected an object: a schema per version')
  }
  const entries = Object.entries(schemas).map(([version, one]) => [
    version,
    withExamples(read(one, [...path, 'schemas', version]), examples),
  ])
  return Object.fromEntries(entries) as Json
}

/** What the first schema says of itself. */
function describedBy(schemas: Json | null): string {
  const [schema] = Object.values(schemas ?? {})
  const { description, title } = (schema ?? {}) as Json
  return [description, title].find(isText) ?? ''
}

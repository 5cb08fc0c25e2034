// What the readers of documents share.
import type { ReadEntry } from '../domain/catalog.ts'
import { DRAFT_2020 } from './dialects.ts'
import { DocumentError, isObject, isText, type Json } from './document.ts'
import { problemOfSchemas } from './validity.ts'

export type ReadEventType = ReadEntry & {
  /** Where it stands in the document. */
  path: string[]
}

export const MAX_EVENT_TYPES = 1_000

/** What draft-07 has no word for. */
const NEWER =
  /"(prefixItems|dependentRequired|dependentSchemas|unevaluatedItems|unevaluatedProperties|minContains|maxContains)":/

export function flagsOf(thing: Json): string[] | null {
  const given = thing['x-svix-feature-flags'] ?? thing['x-svix-feature-flag']
  const flags = [given].flat().filter(isText)
  return flags.length === 0 ? null : flags
}

/** With these examples, unless it has some. */
export const withExamples = (schema: Json, examples: unknown[]): Json =>
  schema['examples'] === undefined && examples.length > 0 ? { ...schema, examples } : schema

/** In a document that speaks 2020-12 the schema says so where that makes a difference. */
export const asNewer = (schema: Json): Json =>
  schema['$schema'] !== undefined || !NEWER.test(JSON.stringify(schema))
    ? schema
    : { $schema: DRAFT_2020, ...schema }

/** The map of versions as text. Throws DocumentError for what is no schema; `path` is that of the first. */
export function checkedSchemas(schemas: Json, path: (version: string) => string[]): string {
  const text = JSON.stringify(schemas)
  const problem = problemOfSchemas(text)
  if (problem === null) return text
  const [version, ...rest] = problem.path
  throw new DocumentError([...path(version!), ...rest], problem.message)
}

const OTHERS = 'x-bellwire-schemas'

/** A document shows one version of a schema; the others are beside it, as we write them. */
export function otherVersions(
  document: Json,
  { thing, name, path }: { thing: Json; name: string; path: string[] },
  bundle: (value: unknown, path: string[]) => Json,
): { version: string; others: Json } {
  const version = thing['x-bellwire-version'] ?? '1'
  if (!isText(version)) {
    throw new DocumentError([...path, 'x-bellwire-version'], 'expected the name of a version')
  }
  const all = document[OTHERS]
  const others = isObject(all) && Object.hasOwn(all, name) ? all[name] : {}
  if (!isObject(others)) {
    throw new DocumentError([OTHERS, name], 'expected an object: a schema per version')
  }
  const read = Object.entries(others).map(([one, schema]) => [
    one,
    bundle(schema, otherAt(name, one)),
  ])
  return { version, others: Object.fromEntries(read) as Json }
}

export const otherAt = (name: string, version: string) => [OTHERS, name, version]

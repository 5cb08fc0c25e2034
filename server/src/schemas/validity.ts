// Whether the schemas of an event type are schemas at all, so that a mistake is found by who makes it
// and not by every message after.
import type { ErrorObject } from 'ajv'
import { compile, dialectOf, metaSchemaOf } from './dialects.ts'

const MAX_BYTES = 64 * 1024
const MAX_DEPTH = 32
const MAX_PARTS = 2_000

export type SchemaProblem = { path: string[]; message: string }

/** What is wrong in a map of version to schema, given as JSON text; null when nothing is. */
export function problemOfSchemas(text: string): SchemaProblem | null {
  const schemas = JSON.parse(text) as Record<string, Record<string, unknown>>
  for (const [version, schema] of Object.entries(schemas)) {
    const problem = problemOfSchema(schema)
    if (problem !== null) return { ...problem, path: [version, ...problem.path] }
  }
  return null
}

function problemOfSchema(schema: Record<string, unknown>): SchemaProblem | null {
  const size = problemOfSize(schema)
  if (size !== null) return { path: [], message: size }
  const dialect = dialectOf(schema)
  if (dialect === null) {
    return {
      path: ['$schema'],
      message: `unknown: JSON Schema draft-07 and 2020-12 can be used, without $schema it is draft-07`,
    }
  }
  if (schema['$async'] !== undefined) {
    return { path: ['$async'], message: 'asynchronous schemas cannot be used' }
  }
  const validate = metaSchemaOf(dialect)
  if (!validate(schema)) return ofMetaSchema(validate.errors!)
  try {
    compile(schema, dialect)
    return null
  } catch (error) {
    return { path: [], message: `cannot be used as a schema: ${(error as Error).message}` }
  }
}

function problemOfSize(schema: unknown): string | null {
  const bytes = Buffer.byteLength(JSON.stringify(schema))
  if (bytes > MAX_BYTES) return `a schema may have ${MAX_BYTES} bytes, this one has ${bytes}`
  let parts = 0
  const depthOf = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 0
    parts++
    return 1 + Math.max(0, ...Object.values(value).map(depthOf))
  }
  const depth = depthOf(schema)
  if (depth > MAX_DEPTH) return `nested ${depth} levels deep, at most ${MAX_DEPTH} are allowed`
  if (parts > MAX_PARTS) return `has ${parts} parts, at most ${MAX_PARTS} are allowed`
  return null
}

/** The deepest place says most: the others are the alternatives that lead to it. */
function ofMetaSchema(errors: ErrorObject[]): SchemaProblem {
  const [deepest] = errors.toSorted(
    (a, b) => stepsOf(b.instancePath).length - stepsOf(a.instancePath).length,
  )
  const { instancePath, message = 'is not valid', data } = deepest!
  return {
    path: stepsOf(instancePath),
    message: `not valid JSON Schema: ${message}, got ${brief(data)}`,
  }
}

/** The steps of a JSON pointer; positions in arrays as the API writes them cannot be told from names. */
export const stepsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

// The JSON Schema that we speak: draft-07, and 2020-12 where a schema asks for it.
import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { safePatterns } from './patterns.ts'

type Json = { [name: string]: unknown }

const OPTIONS: Options = {
  // Unknown keywords are ignored, as the standard says.
  strict: false,
  // 1E400 is a number too, though not one of JavaScript's.
  strictNumbers: false,
  // Without it `required: ["toString"]` is met by every object.
  ownProperties: true,
  // Fills in the value that a problem is about.
  verbose: true,
  logger: false,
  code: { regExp: safePatterns },
}

export const DRAFT_07 = 'http://json-schema.org/draft-07/schema'
export const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema'
const DIALECTS: Record<string, typeof Ajv | typeof Ajv2020> = {
  [DRAFT_07]: Ajv,
  [DRAFT_2020]: Ajv2020,
}

/** For checking schemas against the schema of schemas: that is compiled once and keeps nothing. */
const metaSchemas = Object.fromEntries(
  Object.entries(DIALECTS).map(([uri, Dialect]) => [
    uri,
    () => formats.default(new Dialect(OPTIONS)),
  ]),
)
const compiledMeta = new Map<string, ValidateFunction>()

/** The URI of the dialect that a schema is written in, or null for one that we do not know. */
export function dialectOf(schema: Json): string | null {
  const { $schema = DRAFT_07 } = schema
  if (typeof $schema !== 'string') return null
  const uri = $schema
    .replace(/#$/, '')
    .replace(/^https:(\/\/json-schema\.org\/draft-07)/, 'http:$1')
  return uri in DIALECTS ? uri : null
}

/** A pointer to a schema of schemas, which everybody has. */
export const isDialect = (uri: string) => dialectOf({ $schema: uri }) !== null

/** Says whether a schema is one, by the schema of schemas. */
export function metaSchemaOf(dialect: string): ValidateFunction {
  let validate = compiledMeta.get(dialect)
  if (validate === undefined) {
    validate = metaSchemas[dialect]!().getSchema(dialect)!
    compiledMeta.set(dialect, validate)
  }
  return validate
}

/**
 * Throws for what cannot be compiled. Each schema has a compiler of its own: one for all would remember
 * every `$id`, and a schema could take the name of another, or of the schema of schemas.
 */
export function compile(schema: Json, dialect: string): ValidateFunction {
  const Dialect = DIALECTS[dialect]!
  const ajv = new Dialect({ ...OPTIONS, validateSchema: false })
  return formats.default(ajv).compile({ ...schema, $schema: dialect })
}

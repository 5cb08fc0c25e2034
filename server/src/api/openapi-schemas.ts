// zod's schemas as the components of an OpenAPI document.
import { z } from 'zod'
import type { Route } from './route.ts'
import { wireShapes } from './shapes.ts'

export type Json = { [name: string]: unknown }

/** Every wire shape under its name, and a way to point at the one of a route. */
export function createComponents(table: Route[]) {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of wireShapes._idmap) registry.add(schema, { id })
  for (const { operationId, body, output } of table) {
    const name = pascalCase(operationId.replace(/^(v1|bellwire)\./, ''))
    if (body !== undefined && !registry.has(body)) registry.add(body, { id: `${name}In` })
    if (output !== undefined && !registry.has(output)) registry.add(output, { id: `${name}Out` })
  }
  // `input` for answers too: `output` would forbid the fields that later versions add.
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: toPointer, override: simplify })
  for (const schema of Object.values(schemas)) {
    delete schema.$schema
    delete schema.$id
  }
  const sorted = Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    schemas: Object.fromEntries(sorted) as Record<string, Json>,
    ref: (schema: z.ZodType): Json => ({ $ref: toPointer(registry.get(schema)!.id) }),
  }
}

/** The members of a query. */
export function toQuerySchemas(query: z.ZodType): Record<string, Json> {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', override: simplify })
  return properties as Record<string, Json>
}

export const toPointer = (id: string) => `#/components/schemas/${id}`

const pascalCase = (text: string) =>
  text.replace(/(?:^|[.-])(\w)/g, (_, letter: string) => letter.toUpperCase())

function simplify({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) {
  const { wire } = jsonSchema as { wire?: Json }
  if (wire !== undefined) {
    for (const name of Object.keys(jsonSchema)) delete jsonSchema[name]
    Object.assign(jsonSchema, wire)
  }
  joinNull(jsonSchema)
  // 300 characters of regular expression that say no more than the format does.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
  delete jsonSchema.propertyNames
}

/** `anyOf` of constants as one `enum`, and of a plain type and null as one type with two names. */
function joinNull(jsonSchema: z.core.JSONSchema.BaseSchema) {
  const { anyOf } = jsonSchema
  if (anyOf === undefined) return
  if (anyOf.every((one) => 'const' in one)) {
    delete jsonSchema.anyOf
    Object.assign(jsonSchema, { type: anyOf[0]!.type, enum: anyOf.map((one) => one.const) })
    return
  }
  const [plain, none] = anyOf
  if (anyOf.length !== 2 || typeof plain?.type !== 'string' || none?.type !== 'null') return
  if (plain.enum !== undefined || plain.const !== undefined) return
  delete jsonSchema.anyOf
  Object.assign(jsonSchema, plain, { type: [plain.type, 'null'] })
}

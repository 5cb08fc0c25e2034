// What tests read of an OpenAPI document, ours or another.
export type Schema = {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  examples?: unknown[]
  minimum?: number
  maximum?: number
  minItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}
export type Response = Content & {
  $ref?: string
  description?: string
  headers?: Record<string, { $ref: string }>
}
type Content = { content?: { 'application/json'?: { schema: Schema } } }
export type Parameter = { name: string; in: string; required?: boolean; schema: Schema }
export type Operation = {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: Content
  responses: Record<string, Response>
}
export type OpenApi = {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; responses?: Record<string, Content> }
}

/** `GET /path` → operation. */
export const operationsOf = (document: OpenApi): Record<string, Operation> =>
  Object.fromEntries(
    Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    ),
  )

export const jsonOf = (content: Content | undefined): Schema | undefined =>
  content?.content?.['application/json']?.schema

/** What a pointer of the document leads to; throws when there is nothing. */
export function resolve(document: OpenApi, pointer: string): unknown {
  let found: unknown = document
  for (const step of pointer.replace('#/', '').split('/')) {
    found = (found as Record<string, unknown> | undefined)?.[step]
  }
  if (found === undefined) throw new Error(`${pointer} leads nowhere`)
  return found
}

export function follow(document: OpenApi, schema: Schema): Schema {
  return schema.$ref === undefined
    ? schema
    : follow(document, resolve(document, schema.$ref) as Schema)
}

/** The names of all fields below a schema: `data.id`; lists add nothing to the name. */
export function fieldsOf(document: OpenApi, given: Schema | undefined, prefix = ''): string[] {
  if (given === undefined || prefix.split('.').length > 6) return []
  const schema = follow(document, given)
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => [
    `${prefix}${name}`,
    ...fieldsOf(document, value, `${prefix}${name}.`),
  ])
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  const others = [...parts, ...(schema.items ? [schema.items] : [])]
  return [...new Set([...own, ...others.flatMap((part) => fieldsOf(document, part, prefix))])]
}

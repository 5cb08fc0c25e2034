// OpenAPI 3.1 with the event types as `webhooks`. Read back, it is the same.
import { DRAFT_07 } from '../dialects.ts'
import type { Json } from '../document.ts'
import {
  type Exported,
  extensionsOf,
  HEADERS,
  otherSchemasOf,
  placed,
  versionsOf,
} from './exported.ts'

const PARAMETERS = HEADERS.map(([name, description]) => ({
  ...{ name, in: 'header', required: true, description, schema: { type: 'string' } },
}))

export function toOpenApiDocument(entries: Exported[]): Json {
  const schemas = entries.flatMap((entry) => {
    const { newest } = versionsOf(entry)
    if (newest === null) return []
    const { name } = entry
    const place = ['components', 'schemas', name]
    return [[name, placed(newest.schema, place, `${name}:${newest.version}`)]]
  })
  return {
    openapi: '3.1.0',
    info: { title: 'Webhooks', version: '1.0.0' },
    // What event types are described in, unless a schema says otherwise.
    jsonSchemaDialect: `${DRAFT_07}#`,
    webhooks: Object.fromEntries(entries.map((entry) => [entry.name, toWebhook(entry)])) as Json,
    components: { schemas: Object.fromEntries(schemas) as Json },
    ...otherSchemasOf(entries),
  }
}

function toWebhook(entry: Exported): Json {
  const { name, description, deprecated, groupName } = entry
  const { newest } = versionsOf(entry)
  const media = { schema: { $ref: `#/components/schemas/${name}` } }
  const body = { required: true, content: { 'application/json': newest === null ? {} : media } }
  return {
    post: {
      summary: name,
      ...(description !== '' && { description }),
      ...(groupName !== null && groupName !== '' && { tags: [groupName] }),
      ...(deprecated && { deprecated }),
      security: [],
      parameters: PARAMETERS,
      requestBody: body,
      responses: { '2XX': { description: 'Received; anything else is tried again' } },
      ...extensionsOf(entry),
    },
  }
}

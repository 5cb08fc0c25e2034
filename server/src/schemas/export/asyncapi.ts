// AsyncAPI 3 with the event types as messages that are sent. Read back, it is the same.
import { DRAFT_2020, dialectOf } from '../dialects.ts'
import type { Json } from '../document.ts'
import {
  type Exported,
  extensionsOf,
  HEADERS,
  otherSchemasOf,
  placed,
  versionsOf,
} from './exported.ts'

const HEADER_SCHEMA = {
  type: 'object',
  required: HEADERS.map(([name]) => name),
  properties: Object.fromEntries(
    HEADERS.map(([name, description]) => [name, { type: 'string', description }]),
  ),
}

export function toAsyncApiDocument(entries: Exported[]): Json {
  const named = (kind: string) =>
    entries.map(({ name }) => [name, { $ref: `#/components/${kind}/${name}` }])
  const schemas = entries.flatMap((entry) => {
    const schema = toSchema(entry)
    return schema === null ? [] : [[entry.name, schema]]
  })
  return {
    asyncapi: '3.0.0',
    info: { title: 'Webhooks', version: '1.0.0' },
    defaultContentType: 'application/json',
    channels: {
      webhooks: {
        address: null,
        description: 'An endpoint: each message is sent to it as a signed HTTP POST',
        messages: Object.fromEntries(named('messages')) as Json,
      },
    },
    operations: { send: { action: 'send', channel: { $ref: '#/channels/webhooks' } } },
    components: {
      messages: Object.fromEntries(entries.map((entry) => [entry.name, toMessage(entry)])) as Json,
      schemas: Object.fromEntries(schemas) as Json,
    },
    ...otherSchemasOf(entries),
  }
}

function toMessage(entry: Exported): Json {
  const { name, description, deprecated, groupName } = entry
  return {
    name,
    ...(description !== '' && { description }),
    ...(groupName !== null && groupName !== '' && { tags: [{ name: groupName }] }),
    ...(deprecated && { 'x-deprecated': true }),
    headers: HEADER_SCHEMA,
    ...(versionsOf(entry).newest !== null && { payload: { $ref: `#/components/schemas/${name}` } }),
    ...extensionsOf(entry),
  }
}

/** AsyncAPI speaks draft-07; what is written in 2020-12 says so. */
function toSchema(entry: Exported): Json | null {
  const { newest } = versionsOf(entry)
  if (newest === null) return null
  const { version, schema } = newest
  const id = `${entry.name}:${version}`
  const place = ['components', 'schemas', entry.name]
  if (dialectOf(schema) !== DRAFT_2020) return placed(schema, place, id)
  const format = 'application/schema+json;version=2020-12'
  return { schemaFormat: format, schema: placed(schema, [...place, 'schema'], id) }
}

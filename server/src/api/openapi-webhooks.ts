// The event types of an environment as the webhooks that its endpoints receive.
import type { EventType } from '../domain/event-type.ts'
import { parseExact } from '../domain/exact-json.ts'
import { json } from './openapi-operations.ts'
import type { Json } from './openapi-schemas.ts'

const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({
  name,
  in: 'header',
  required: true,
  schema: { type: 'string' },
}))

export function toWebhooks(eventTypes: EventType[]): Json {
  return Object.fromEntries(eventTypes.map((eventType) => [eventType.name, toWebhook(eventType)]))
}

function toWebhook({ name, description, deprecated, schemas, groupName }: EventType): Json {
  return {
    post: {
      summary: name,
      ...(description !== '' && { description }),
      ...(groupName !== null && { tags: [groupName] }),
      ...(deprecated && { deprecated }),
      security: [],
      parameters: HEADERS,
      requestBody: { required: true, content: json(newest(name, schemas)) },
      responses: { '2XX': { description: 'Received; anything else is tried again' } },
    },
  }
}

/** The schema of the highest version. Its own `$id` keeps its `#/…` pointers inside it. */
function newest(name: string, text: EventType['schemas']): Json {
  const schemas = text === null ? {} : (parseExact(text) as Json)
  const [newest] = Object.keys(schemas).sort((a, b) => Number(b) - Number(a) || (a < b ? 1 : -1))
  const schema = newest === undefined ? undefined : schemas[newest]
  if (typeof schema !== 'object' || schema === null) return { type: 'object' }
  return { $id: `urn:bellwire:event-type:${name}:${newest}`, ...schema }
}

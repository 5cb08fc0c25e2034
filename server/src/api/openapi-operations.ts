// One entry of the table as one operation of the document.
import type { z } from 'zod'
import { securityOf } from './openapi-access.ts'
import { errorsOf } from './openapi-errors.ts'
import { headersOf, IDEMPOTENCY_KEY } from './openapi-headers.ts'
import { type Json, toQuerySchemas } from './openapi-schemas.ts'
import type { Route } from './route.ts'

const NAME = { type: 'string', minLength: 1, maxLength: 256, pattern: '^[a-zA-Z0-9\\-_.]+$' }
const idOf = (prefix: string) => ({ type: 'string', pattern: `^${prefix}_[0-9A-Za-z]{27}$` })

const PATH_NAMES: Record<string, { description: string; schema: Json }> = {
  app_id: { description: 'The id or uid of the application', schema: NAME },
  endpoint_id: { description: 'The id or uid of the endpoint', schema: NAME },
  msg_id: { description: 'The id or eventId of the message', schema: NAME },
  attempt_id: { description: 'The id of the attempt', schema: idOf('atmpt') },
  event_type_name: { description: 'The name of the event type', schema: NAME },
  key_id: { description: 'The id of the API key', schema: idOf('key') },
}

export function toOperation(entry: Route, ref: (schema: z.ZodType) => Json) {
  const { operationId, summary, body, bodyOptional } = entry
  const tag = tagOf(operationId)
  const parameters = [
    ...pathParameters(entry),
    ...queryParameters(entry),
    ...(entry.method === 'POST' ? [IDEMPOTENCY_KEY] : []),
  ]
  const operation: Json = {
    operationId,
    summary,
    tags: [tag],
    security: securityOf(entry),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: bodyOptional !== true, content: json(ref(body)) },
    }),
    responses: { ...successes(entry, ref), ...errorsOf(entry) },
  }
  return { path: toTemplate(entry.path), tag, operation }
}

/** `:app_ref` is an application id too, only looked up by the handler itself. */
export const toTemplate = (path: string) => path.replace(/:(\w+?)(_ref)?\b/g, toBraces)
const toBraces = (_: string, name: string, ref?: string) => `{${name}${ref ? '_id' : ''}}`

function tagOf(operationId: string): string {
  const [, resource = 'health'] = operationId.split('.')
  const words = resource.replaceAll('-', ' ').replace(/^api\b/, 'API')
  return words[0]!.toUpperCase() + words.slice(1)
}

function pathParameters({ path }: Route) {
  return [...toTemplate(path).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const known = PATH_NAMES[name] ?? { schema: { type: 'string', minLength: 1 } }
    return { name, in: 'path', required: true, ...known }
  })
}

function queryParameters({ query }: Route) {
  if (query === undefined) return []
  return Object.entries(toQuerySchemas(query)).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(description !== undefined && { description }),
    ...(schema['type'] === 'array' && { style: 'form', explode: false }),
    schema,
  }))
}

function successes(entry: Route, ref: (schema: z.ZodType) => Json) {
  const { status, alsoStatus, output, method } = entry
  const content = output === undefined ? {} : { content: json(ref(output)) }
  const also = method === 'POST' ? 'It existed' : 'Created'
  const headers = headersOf(entry)
  return {
    [status]: { description: output === undefined ? 'Done' : 'OK', headers, ...content },
    ...(alsoStatus !== undefined && { [alsoStatus]: { description: also, headers, ...content } }),
  }
}

export const json = (schema: Json) => ({ 'application/json': { schema } })

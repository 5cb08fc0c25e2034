// The event types that an OpenAPI document describes: its `webhooks`, or `x-webhooks` of before 3.1.
// Pointers inside the document are followed; what lies elsewhere is never fetched.
import { DRAFT_07 } from './dialects.ts'
import { DocumentError, isObject, isText, type Json, parseDocument } from './document.ts'
import { createPointers } from './pointers.ts'
import {
  asNewer,
  checkedSchemas,
  flagsOf,
  MAX_EVENT_TYPES,
  otherAt,
  otherVersions,
  type ReadEventType,
  withExamples,
} from './read-event-type.ts'
import type { SchemaProblem } from './validity.ts'

export type ReadOpenApi = { eventTypes: ReadEventType[] } | SchemaProblem

const METHODS = ['post', 'put', 'patch', 'get', 'delete']

/** Places in problems are those of the document. */
export function readOpenApi(text: string, options: { isYaml: boolean }): ReadOpenApi {
  try {
    return { eventTypes: eventTypesOfOpenApi(parseDocument(text, options)) }
  } catch (error) {
    if (error instanceof DocumentError) return { path: error.path, message: error.message }
    throw error
  }
}

/** Throws DocumentError. */
export function eventTypesOfOpenApi(document: Json): ReadEventType[] {
  const place = document['webhooks'] === undefined ? 'x-webhooks' : 'webhooks'
  const webhooks = document[place]
  if (!isObject(webhooks)) {
    throw new DocumentError([place], 'expected an object with a webhook for each event type')
  }
  const names = Object.keys(webhooks)
  if (names.length > MAX_EVENT_TYPES) {
    throw new DocumentError([place], `at most ${MAX_EVENT_TYPES} webhooks, not ${names.length}`)
  }
  return names.map((name) => toEventType(document, [place, name]))
}

function toEventType(document: Json, path: string[]): ReadEventType {
  const { follow } = createPointers(document)
  const item = follow((document[path[0]!] as Json)[path[1]!], path)
  const method = METHODS.find((candidate) => isObject(item[candidate]))
  if (method === undefined) {
    throw new DocumentError(path, `expected an operation: one of ${METHODS.join(', ')}`)
  }
  const operation = follow(item[method], [...path, method])
  const body = operation['requestBody']
  const place = [...path, method, 'requestBody']
  const request = body === undefined ? {} : follow(body, place)
  const texts = [operation['summary'], request['description'], item['description'], item['summary']]
  // Our own documents have the name as the summary, which says nothing more.
  const others = texts.filter(isText).find((text) => text !== path[1])
  const { description } = operation
  return {
    path,
    name: path[1]!,
    description: isText(description) ? description : (others ?? ''),
    deprecated: operation['deprecated'] === true,
    schemas: schemasOf(document, { operation, request, path: [...path, method] }),
    featureFlags: flagsOf(operation),
    groupName: [operation['x-svix-group-name'], [operation['tags']].flat()[0]].find(isText) ?? null,
  }
}

type Found = { operation: Json; request: Json; path: string[] }

function schemasOf(document: Json, { operation, request, path }: Found): string | null {
  const { follow, bundle } = createPointers(document)
  const { content } = request
  if (!isObject(content)) return null
  const type = Object.keys(content).find((name) => /^application\/(.*\+)?json\b/.test(name))
  if (type === undefined) return null
  const place = [...path, 'requestBody', 'content', type]
  const media = follow(content[type], place)
  if (media['schema'] === undefined) return null
  const ownName = path[1]!
  const schema = bundle(media['schema'], [...place, 'schema'], {
    isOwn: (steps) => isOwn(steps, ownName),
  })
  const examples = examplesOf(media, (value) => follow(value, [...place, 'examples']))
  const { version, others } = otherVersions(
    document,
    { thing: operation, name: ownName, path },
    (value, at) => inDialect(document, bundle(value, at, { isOwn: () => true })),
  )
  const schemas = { ...others, [version]: inDialect(document, withExamples(schema, examples)) }
  return checkedSchemas(schemas, (name) =>
    name === version ? [...place, 'schema'] : otherAt(ownName, name),
  )
}

/** A component of the event type's own name is the schema itself, not a part of it. */
const isOwn = (steps: string[], name: string) =>
  steps.join('/') === ['components', 'schemas', name].join('/')

/** Of a media type: `example`, or the values of the named `examples`. */
function examplesOf(media: Json, follow: (value: unknown) => Json): unknown[] {
  if (media['example'] !== undefined) return [media['example']]
  if (!isObject(media['examples'])) return []
  const values = Object.values(media['examples']).map((one) => follow(one)['value'])
  return values.filter((value) => value !== undefined)
}

/** OpenAPI 3.1 speaks 2020-12, unless the document says draft-07. */
function inDialect(document: Json, schema: Json): Json {
  const isNew = /^3\.[1-9]/.test(String(document['openapi']))
  const dialect = String(document['jsonSchemaDialect'] ?? '').replace(/#$/, '')
  return isNew && dialect !== DRAFT_07 ? asNewer(schema) : schema
}

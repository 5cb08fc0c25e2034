// The event types that an OpenAPI document describes: its `webhooks`, or `x-webhooks` of before 3.1.
// Pointers inside the document are followed; what lies elsewhere is never fetched.
import { parse } from 'yaml'
import { parseExact } from '../domain/exact-json.ts'
import { DRAFT_2020 } from './dialects.ts'
import { createPointers, isObject, type Json, OpenApiError } from './openapi-pointers.ts'
import { problemOfSchemas, type SchemaProblem } from './validity.ts'

export type ReadEventType = {
  /** Where it stands in the document. */
  path: string[]
  name: string
  description: string
  deprecated: boolean
  /** A map of version to schema, as JSON text. */
  schemas: string | null
  featureFlags: string[] | null
  groupName: string | null
}
export type ReadOpenApi = { eventTypes: ReadEventType[] } | SchemaProblem

const MAX_WEBHOOKS = 1_000
/** Aliases of YAML may repeat each other: ten lines become a gigabyte. */
const MAX_ALIASES = 100
const METHODS = ['post', 'put', 'patch', 'get', 'delete']
/** What draft-07 has no word for. */
const NEWER =
  /"(prefixItems|dependentRequired|dependentSchemas|unevaluatedItems|unevaluatedProperties|minContains|maxContains)":/

/** Places in problems are those of the document. */
export function readOpenApi(text: string, { isYaml }: { isYaml: boolean }): ReadOpenApi {
  try {
    return { eventTypes: eventTypesOf(parseDocument(text, isYaml)) }
  } catch (error) {
    if (error instanceof OpenApiError) return { path: error.path, message: error.message }
    throw error
  }
}

function parseDocument(text: string, isYaml: boolean): Json {
  let document: unknown
  try {
    document = isYaml ? parseYaml(text) : parseExact(text)
  } catch (error) {
    const [first] = (error as Error).message.split('\n')
    throw new OpenApiError([], `cannot be read as ${isYaml ? 'JSON or YAML' : 'JSON'}: ${first}`)
  }
  if (isObject(document)) return document
  throw new OpenApiError([], 'expected an OpenAPI document, which is an object')
}

/** JSON is YAML too, but numbers keep their spelling only when it is read as what it is. */
function parseYaml(text: string): unknown {
  if (text.trimStart().startsWith('{')) {
    try {
      return parseExact(text)
    } catch {
      // A YAML mapping in braces.
    }
  }
  return parse(text, { maxAliasCount: MAX_ALIASES, merge: false, logLevel: 'error' })
}

function eventTypesOf(document: Json): ReadEventType[] {
  const place = document['webhooks'] === undefined ? 'x-webhooks' : 'webhooks'
  const webhooks = document[place]
  if (!isObject(webhooks)) {
    throw new OpenApiError([place], 'expected an object with a webhook for each event type')
  }
  const names = Object.keys(webhooks)
  if (names.length > MAX_WEBHOOKS) {
    throw new OpenApiError([place], `at most ${MAX_WEBHOOKS} webhooks, not ${names.length}`)
  }
  return names.map((name) => toEventType(document, [place, name]))
}

function toEventType(document: Json, path: string[]): ReadEventType {
  const { follow } = createPointers(document)
  const item = follow((document[path[0]!] as Json)[path[1]!], path)
  const method = METHODS.find((candidate) => isObject(item[candidate]))
  if (method === undefined) {
    throw new OpenApiError(path, `expected an operation: one of ${METHODS.join(', ')}`)
  }
  const operation = follow(item[method], [...path, method])
  const body = operation['requestBody']
  const place = [...path, method, 'requestBody']
  const request = body === undefined ? {} : follow(body, place)
  const texts = [operation['description'], operation['summary'], request['description']]
  // Our own documents have the name as the summary, which says nothing more.
  const described = [...texts, item['description'], item['summary']].filter(isText)
  const description = described.find((text) => text !== path[1]) ?? ''
  return {
    path,
    name: path[1]!,
    description,
    deprecated: operation['deprecated'] === true,
    schemas: schemasOf(document, request, place),
    featureFlags: flagsOf(operation),
    groupName: [operation['x-svix-group-name'], [operation['tags']].flat()[0]].find(isText) ?? null,
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function flagsOf(operation: Json): string[] | null {
  const given = operation['x-svix-feature-flags'] ?? operation['x-svix-feature-flag']
  const flags = [given].flat().filter(isText)
  return flags.length === 0 ? null : flags
}

function schemasOf(document: Json, request: Json, path: string[]): string | null {
  const { follow, bundle } = createPointers(document)
  const { content } = request
  if (!isObject(content)) return null
  const type = Object.keys(content).find((name) => /^application\/(.*\+)?json\b/.test(name))
  if (type === undefined) return null
  const place = [...path, 'content', type]
  const media = follow(content[type], place)
  if (media['schema'] === undefined) return null
  const schema = bundle(media['schema'], [...place, 'schema'])
  const examples = examplesOf(media, (value) => follow(value, [...place, 'examples']))
  const withExamples =
    schema['examples'] === undefined && examples.length > 0 ? { ...schema, examples } : schema
  return checked(JSON.stringify({ 1: inDialect(document, withExamples) }), [...place, 'schema'])
}

/** Of a media type: `example`, or the values of the named `examples`. */
function examplesOf(media: Json, follow: (value: unknown) => Json): unknown[] {
  if (media['example'] !== undefined) return [media['example']]
  if (!isObject(media['examples'])) return []
  const values = Object.values(media['examples']).map((one) => follow(one)['value'])
  return values.filter((value) => value !== undefined)
}

/** OpenAPI 3.1 speaks 2020-12: the schema says so where that makes a difference. */
function inDialect(document: Json, schema: Json): Json {
  const isNew = /^3\.[1-9]/.test(String(document['openapi']))
  const says = schema['$schema'] !== undefined || !NEWER.test(JSON.stringify(schema))
  return !isNew || says ? schema : { $schema: DRAFT_2020, ...schema }
}

function checked(schemas: string, path: string[]): string {
  const problem = problemOfSchemas(schemas)
  if (problem === null) return schemas
  throw new OpenApiError([...path, ...problem.path.slice(1)], problem.message)
}

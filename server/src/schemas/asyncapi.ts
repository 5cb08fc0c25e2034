// The event types that an AsyncAPI 3 document describes: the messages that its operations send, or, when
// it has no such operation, all messages of its channels.
import { DocumentError, isObject, isText, type Json } from './document.ts'
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

type Pointers = ReturnType<typeof createPointers>
type Place = { value: unknown; path: string[]; key: string | undefined }

/** Throws DocumentError. */
export function eventTypesOfAsyncApi(document: Json): ReadEventType[] {
  const version = document['asyncapi']
  if (!/^3\./.test(String(version))) {
    throw new DocumentError(['asyncapi'], `version 3 can be read, got ${JSON.stringify(version)}`)
  }
  const pointers = createPointers(document)
  const found = new Map<string, { eventType: ReadEventType; message: Json }>()
  for (const place of messagesOf(document, pointers)) {
    const { value, path, key } = place
    const message = withTraits(pointers.follow(value, path), { pointers, path })
    const eventType = toEventType(document, { message, pointers, path, key })
    const known = found.get(eventType.name)
    // One message may be sent on several channels; what it says must be the same.
    if (known !== undefined && JSON.stringify(known.message) !== JSON.stringify(message)) {
      const other = known.eventType.path.join('.')
      throw new DocumentError(path, `${eventType.name} is something else at ${other}`)
    }
    if (known === undefined) found.set(eventType.name, { eventType, message })
    if (found.size > MAX_EVENT_TYPES) {
      throw new DocumentError(['channels'], `at most ${MAX_EVENT_TYPES} messages`)
    }
  }
  return [...found.values()].map(({ eventType }) => eventType)
}

function messagesOf(document: Json, { follow }: Pointers): Place[] {
  const channels = mapOf(document['channels'], ['channels'])
  const operations = mapOf(document['operations'], ['operations']).map(({ value, path }) => ({
    operation: follow(value, path),
    path,
  }))
  const sending = operations.filter(({ operation }) => operation['action'] === 'send')
  if (sending.length === 0) {
    return channels.flatMap(({ value, path }) => ofChannel(follow(value, path), path))
  }
  return sending.flatMap(({ operation, path }) => {
    const { messages } = operation
    const at = [...path, 'messages']
    if (Array.isArray(messages)) {
      return messages.map((value, index) => ({
        ...{ value, path: [...at, String(index)], key: lastStepOf(value) },
      }))
    }
    if (messages !== undefined) throw new DocumentError(at, 'expected a list')
    return ofChannel(follow(operation['channel'], [...path, 'channel']), [...path, 'channel'])
  })
}

const ofChannel = (channel: Json, path: string[]) =>
  mapOf(channel['messages'], [...path, 'messages'])

function mapOf(value: unknown, path: string[]): Place[] {
  if (value === undefined) return []
  if (!isObject(value)) throw new DocumentError(path, 'expected an object')
  return Object.entries(value).map(([name, one]) => ({
    ...{ value: one, path: [...path, name], key: name },
  }))
}

/** What the message says goes before what its traits say. */
function withTraits(message: Json, { pointers, path }: { pointers: Pointers; path: string[] }) {
  const { traits } = message
  if (!Array.isArray(traits)) return message
  const read = traits.map((one, at) => pointers.follow(one, [...path, 'traits', String(at)]))
  return Object.assign({}, ...read, message) as Json
}

type Message = { message: Json; pointers: Pointers; path: string[]; key?: string | undefined }

function toEventType(document: Json, { message, pointers, path, key }: Message): ReadEventType {
  const given = message['name'] ?? key
  if (!isText(given)) {
    throw new DocumentError(path, 'has no name: give it one, as the event type is to be called')
  }
  const texts = [message['summary'], message['title']].filter(isText)
  const { description } = message
  const [tag] = [message['tags']].flat()
  const group = tag === undefined ? undefined : pointers.follow(tag, [...path, 'tags'])['name']
  return {
    path,
    name: given,
    description: isText(description) ? description : (texts.find((text) => text !== given) ?? ''),
    deprecated: message['x-deprecated'] === true,
    schemas: schemasOf(document, { message, pointers, path }, given),
    featureFlags: flagsOf(message),
    groupName: [message['x-svix-group-name'], group].find(isText) ?? null,
  }
}

/** In a list a message is called as what it points at. */
const lastStepOf = (value: unknown) =>
  isObject(value) && isText(value['$ref']) ? value['$ref'].split('/').at(-1) : undefined

function schemasOf(document: Json, { message, pointers, path }: Message, name: string) {
  const { payload } = message
  const contentType = message['contentType'] ?? document['defaultContentType']
  const isJson =
    contentType === undefined || /^application\/(.*\+)?json\b/.test(String(contentType))
  if (payload === undefined || !isJson) return null
  const place = [...path, 'payload']
  const bundle = (value: unknown, at: string[]) => bundled(value, { pointers, at, name })
  const { version, others } = otherVersions(document, { thing: message, name, path }, (value, at) =>
    bundled(value, { pointers, at, name }),
  )
  const schema = withExamples(bundle(payload, place), examplesOf(message))
  return checkedSchemas({ ...others, [version]: schema }, (one) =>
    one === version ? place : otherAt(name, one),
  )
}

/** A schema, or a schema with the name of its language around it. */
function bundled(
  value: unknown,
  { pointers, at, name }: { pointers: Pointers; at: string[]; name: string },
): Json {
  const target = isObject(value) && '$ref' in value ? pointers.follow(value, at) : value
  const isOwn = (steps: string[]) => {
    const own = steps.length === 4 && steps[3] === 'schema' ? steps.slice(0, -1) : steps
    return own.join('/') === `components/schemas/${name}` || steps[0] === 'x-bellwire-schemas'
  }
  if (!isObject(target) || !isText(target['schemaFormat']))
    return pointers.bundle(value, at, { isOwn })
  const format = target['schemaFormat']
  if (!/^application\/(vnd\.aai\.asyncapi|schema)(\+(json|yaml))?(;|$)/.test(format)) {
    throw new DocumentError(
      [...at, 'schemaFormat'],
      `JSON Schema can be read, not ${JSON.stringify(format)}`,
    )
  }
  const inner =
    isObject(value) && isText(value['$ref']) ? { $ref: `${value['$ref']}/schema` } : null
  const schema =
    inner === null
      ? pointers.bundle(target['schema'], [...at, 'schema'], { isOwn })
      : pointers.bundle(inner, at, { isOwn })
  return /version=2020-12/.test(format) ? asNewer(schema) : schema
}

/** Those that show a payload. */
function examplesOf({ examples }: Json): unknown[] {
  if (!Array.isArray(examples)) return []
  return examples
    .filter(isObject)
    .flatMap(({ payload }) => (payload === undefined ? [] : [payload]))
}

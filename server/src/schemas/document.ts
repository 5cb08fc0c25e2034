// Text of JSON or YAML as an object, for documents that event types are read from.
import { parse } from 'yaml'
import { isRawNumber, parseExact } from '../domain/exact-json.ts'

export type Json = { [name: string]: unknown }

/** What is wrong with a document, and where. */
export class DocumentError extends Error {
  override name = 'DocumentError'
  readonly path: string[]
  constructor(path: string[], message: string) {
    super(message)
    this.path = path
  }
}

/** Aliases of YAML may repeat each other: ten lines become a gigabyte. */
const MAX_ALIASES = 100

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Throws DocumentError for what is no object. */
export function parseDocument(text: string, { isYaml }: { isYaml: boolean }): Json {
  let document: unknown
  try {
    document = isYaml ? parseYaml(text) : parseExact(text)
  } catch (error) {
    const [first] = (error as Error).message.split('\n')
    throw new DocumentError([], `cannot be read as ${isYaml ? 'JSON or YAML' : 'JSON'}: ${first}`)
  }
  if (isObject(document)) return document
  throw new DocumentError([], 'expected a document, which is an object')
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

import { headerValues, type InboundRequest } from './request.ts'
import { WebhookError } from './webhook-error.ts'

const MAX_DEPTH = 64

/** The parsed body of a request. It throws `payload_unreadable` where it cannot be read. */
export type Body = {
  json(): unknown
  /** The value at a JSON pointer, undefined when there is none. A form is an object of its fields. */
  at(pointer: string): unknown
}

/** `formField`: the field of a form that holds JSON. */
export function readBody(request: InboundRequest, formField?: string): Body {
  let parsed: { value: unknown } | undefined
  const json = () => {
    parsed ??= { value: isForm(request) ? parseForm(request, formField) : parseJson(request.body) }
    return parsed.value
  }
  return { json, at: (pointer) => readPointer(json(), pointer) }
}

export function isForm(request: InboundRequest): boolean {
  const [type = ''] = headerValues(request, 'content-type')
  return /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)
}

/** Strict UTF-8 (a leading BOM is no JSON), of bounded depth, as strangers may send it. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new WebhookError('payload_unreadable', 'The body is not UTF-8.', { cause })
  }
  return parseJsonText(text)
}

export function parseJsonText(text: string): unknown {
  assertDepth(text)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new WebhookError('payload_unreadable', 'The body is not JSON.', { cause })
  }
}

function assertDepth(text: string) {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (inString) {
      if (char === '\\') i++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    if (depth > MAX_DEPTH) {
      throw new WebhookError('payload_unreadable', 'The body nests too deep.')
    }
  }
}

function parseForm(request: InboundRequest, formField?: string): unknown {
  const fields = [...new URLSearchParams(new TextDecoder().decode(request.body))]
  const form = Object.fromEntries(fields)
  const json = formField === undefined ? undefined : form[formField]
  return json === undefined ? form : parseJsonText(json)
}

/** RFC 6901, own properties only. */
export function readPointer(value: unknown, pointer: string): unknown {
  if (pointer === '') return value
  let found = value
  for (const token of pointer.slice(1).split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Record<string, unknown>)[key]
  }
  return found
}

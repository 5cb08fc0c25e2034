// Customers' code between a message and its request. What comes back is data, checked here like a
// customer's own: nothing of it is trusted.
import { createHash } from 'node:crypto'
import { problemOf } from '../domain/custom-headers.ts'
import { METHODS, type Shaped, type ShapeInput } from '../domain/shape.ts'
import type { Parameters } from '../domain/templates/template.ts'
import { createThreads } from './threads.ts'

export type Code = {
  key: string
  code: string
  /** Of the endpoint's own code. */
  variables: Record<string, string>
  /** Of a template. */
  params?: Parameters
}

export type Transformed = { shaped: Shaped; console: string[] }

export type Transformer = {
  transform(code: Code, input: ShapeInput): Promise<Transformed>
  stop(): Promise<void>
}

const MAX_OUTPUT_BYTES = 2 * 1024 * 1024
const MAX_URL = 65_536

export function createTransformer({ threads: size }: { threads: number }): Transformer {
  const threads = createThreads({ size })
  return {
    async transform({ key, code, variables, params = {} }, input) {
      const { url, eventType, payload, channels, transformationsParams } = input
      const ran = await threads.run(
        { key, code },
        JSON.stringify({
          webhook: {
            ...{ method: 'POST', url, eventType, headers: {}, cancel: false },
            ...{ channels: channels ?? [], env: variables, params, transformationsParams },
          },
          payload: payload.toString('utf8'),
          at: input.at.getTime(),
          seed: createHash('sha256').update(input.messageId).digest().readInt32LE(),
        }),
      )
      if ('failed' in ran) return { shaped: failed(ran.failed), console: ran.console }
      const made = JSON.parse(ran.result) as Made
      return { shaped: toShaped(made, input), console: made.console }
    },
    stop: threads.stop,
  }
}

/** As the prelude makes it of whatever the script returned. */
type Made = {
  method?: unknown
  url?: unknown
  headers?: unknown
  cancel: boolean
  payload: string | null
  isText: boolean
  console: string[]
}

function toShaped(made: Made, input: ShapeInput): Shaped {
  if (made.cancel) return { kind: 'cancelled' }
  const { method = 'POST', url = input.url, headers = {}, payload } = made
  if (typeof method !== 'string' || !METHODS.includes(method)) {
    return failed(`method must be one of ${METHODS.join(', ')}`)
  }
  const problem = problemOfUrl(url)
  if (problem !== null) return failed(problem)
  const named = readHeaders(headers)
  if (typeof named === 'string') return failed(named)
  const body = payload === null ? input.payload : Buffer.from(payload)
  if (body.length > MAX_OUTPUT_BYTES) {
    return failed(`payload has ${body.length} bytes: at most ${MAX_OUTPUT_BYTES} are sent`)
  }
  const { contentType = null, rest } = named
  return {
    kind: 'request',
    method,
    url: url as string,
    headers: rest,
    contentType,
    body: method === 'GET' ? null : body,
  }
}

function problemOfUrl(url: unknown): string | null {
  if (typeof url !== 'string' || url.length > MAX_URL)
    return `url must be a text of ${MAX_URL} characters at most`
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    return 'url must be an absolute http:// or https:// URL'
  }
  return parsed.username === '' && parsed.password === ''
    ? null
    : 'url must not hold a user name or a password: set the header authorization'
}

/** The rules of custom headers, but that the content type may be set. */
function readHeaders(
  headers: unknown,
): string | { contentType?: string; rest: Record<string, string> } {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    return 'headers must be an object of names and texts'
  }
  const rest: Record<string, string> = {}
  let contentType: string | undefined
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') return `the header ${name} must be a text`
    if (name.toLowerCase() === 'content-type') contentType = value
    else rest[name] = value
  }
  // A name that is always allowed stands for it, so that its value is checked like any.
  const problem = problemOf({ ...rest, ...(contentType && { 'x-content': contentType }) })
  if (problem !== null) return problem
  return { rest, ...(contentType && { contentType }) }
}

const failed = (message: string): Shaped => ({ kind: 'failed', message })

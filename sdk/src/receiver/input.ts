import { concat } from '../verification/encoding.ts'
import type { InboundRequest } from '../verification/request.ts'
import { type Finding, WebhookError } from '../verification/webhook-error.ts'

export type HeadersIn =
  | Headers
  | Iterable<readonly [string, string]>
  | Record<string, string | readonly string[] | undefined>

/** A request that is no Fetch `Request`. The body is raw: bytes, or text as it came. */
export type RawInput = {
  method: string
  /** With its query; the path is enough. */
  url: string
  headers: HeadersIn
  /** A stream is read up to the limit. */
  body: Uint8Array | string | AsyncIterable<Uint8Array>
}

export type Input = Request | RawInput

const CURE =
  'Take the raw body: mount before express.json() or use express.raw(), set bodyParser: false in ' +
  'Next’s pages, read a Request once.'

/** The request as the engine takes it, and what was noticed on the way. */
export async function readInput(
  input: Input,
  maxBytes: number,
): Promise<{ request: InboundRequest; findings: Finding[] }> {
  const { method, url } = input
  const headers = toPairs(input.headers)
  if (isFetchRequest(input)) {
    if (input.bodyUsed) throw notRaw('The body was read before.')
    // All named platforms can iterate a stream, though TypeScript's dom does not know.
    const stream = (input.body ?? []) as unknown as AsyncIterable<Uint8Array>
    const body = await readAll(stream, maxBytes)
    return { request: { method, url, headers, body }, findings: [] }
  }
  const body = isStream(input.body) ? await readAll(input.body, maxBytes) : toBytes(input.body)
  assertSize(body.length, maxBytes)
  return { request: { method, url, headers, body }, findings: lostBytes(input.body) }
}

// Not instanceof: frameworks and polyfills bring a Request class of their own.
const isFetchRequest = (input: Input): input is Request =>
  typeof (input as Request).arrayBuffer === 'function'

function toBytes(body: unknown): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (body instanceof Uint8Array) return body
  throw notRaw(body == null ? 'The body was read before.' : 'The body is a parsed object.')
}

export const notRaw = (problem: string) => new WebhookError('body_not_raw', `${problem} ${CURE}`)

function assertSize(bytes: number, maxBytes: number) {
  if (bytes <= maxBytes) return
  throw new WebhookError('body_too_large', `The body is larger than ${maxBytes} bytes.`)
}

const isStream = (body: RawInput['body']): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body

async function readAll(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw notRaw('The stream gives text.')
    size += chunk.length
    assertSize(size, maxBytes)
    chunks.push(chunk)
  }
  return concat(chunks)
}

function toPairs(headers: HeadersIn): [string, string][] {
  if (isIterable(headers)) return Array.from(headers, ([name, value]) => [name, value])
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((text): [string, string] => [name, text]),
  )
}

const isIterable = (headers: HeadersIn): headers is Iterable<readonly [string, string]> =>
  Symbol.iterator in headers

/** U+FFFD stands for bytes that were no UTF-8: what was signed may be gone. */
function lostBytes(body: RawInput['body']): Finding[] {
  if (typeof body !== 'string' || !body.includes('\ufffd')) return []
  return [
    {
      code: 'body_lost_bytes',
      sentence: 'The body is text and holds U+FFFD: bytes were lost.',
      remedy: 'Hand over the bytes, not a string.',
    },
  ]
}

// A request as somebody kept it: what the API gives of a capture or of a source's request, a fixture,
// or the bytes that went over the wire.
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { InboundRequest } from '@bellwire/sdk/verification'
import { CommandError } from './failures.ts'

export type Kept = { request: InboundRequest; receivedAt: Date | null }

/** `-` is standard input. */
export async function readBytes(path: string): Promise<Buffer> {
  if (path === '-') return buffer(process.stdin)
  try {
    return await readFile(path)
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`, 2)
  }
}

export function parseKept(bytes: Buffer, name: string): Kept {
  const isJson = bytes.toString('latin1').trimStart().startsWith('{')
  return isJson ? fromJson(bytes, name) : fromWire(bytes, name)
}

type Json = {
  method?: unknown
  target?: unknown
  url?: unknown
  headers?: unknown
  body?: unknown
  bodyTruncated?: unknown
  receivedAt?: unknown
}

function fromJson(bytes: Buffer, name: string): Kept {
  let json: Json
  try {
    json = JSON.parse(bytes.toString('utf8')) as Json
  } catch (error) {
    throw new CommandError(`${name} is not JSON: ${(error as Error).message}`, 2)
  }
  const { method = 'POST', target = json.url ?? '/', headers = [], body = '', receivedAt } = json
  if (json.bodyTruncated === true) {
    throw new CommandError(`${name} holds only the beginning of the body: no signature fits it`, 2)
  }
  const base64 = typeof body === 'object' && body !== null ? (body as Json & Base64).base64 : body
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    throw new CommandError(`body of ${name}: expected the bytes in base64`, 2)
  }
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers as object)
  if (!pairs.every(isPair)) {
    throw new CommandError(`headers of ${name}: expected [["name", "value"], …]`, 2)
  }
  return {
    request: {
      method: String(method),
      url: String(target),
      headers: pairs,
      body: Buffer.from(base64, 'base64'),
    },
    receivedAt: typeof receivedAt === 'string' ? new Date(receivedAt) : null,
  }
}

type Base64 = { base64?: unknown }

const isPair = (pair: unknown): pair is [string, string] =>
  Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string')

/** Head and body with an empty line between; lines may end in LF. */
function fromWire(bytes: Buffer, name: string): Kept {
  // One byte a character, as HTTP has it, so that places in the text are places in the bytes.
  const text = bytes.toString('latin1')
  const end = /\r?\n\r?\n/.exec(text)
  const head = end === null ? text.trimEnd() : text.slice(0, end.index)
  const [first = '', ...lines] = head.split(/\r?\n/)
  const [, method, url] = /^([A-Z-]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(first) ?? []
  if (method === undefined || url === undefined) {
    throw new CommandError(
      `${name}: expected JSON of a capture, or a request that begins with a line like "POST /hooks HTTP/1.1"`,
      2,
    )
  }
  return {
    request: {
      method,
      url,
      headers: lines.map((line) => parseHeader(line, name)),
      body: end === null ? Buffer.alloc(0) : bytes.subarray(end.index + end[0].length),
    },
    receivedAt: null,
  }
}

export function parseHeader(line: string, where: string): [string, string] {
  const [, header, value] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
  if (header === undefined || value === undefined) {
    throw new CommandError(`${where}: expected "Name: value", got ${JSON.stringify(line)}`, 2)
  }
  return [header, value]
}

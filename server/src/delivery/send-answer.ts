import type { Answer } from '../domain/outcome.ts'

/** A small chunk as it is; of a large one a copy, so that the rest can go. */
export function firstOf(chunk: Buffer, bytes: number): Buffer {
  return chunk.length <= bytes ? chunk : Buffer.from(chunk.subarray(0, bytes))
}

type Parsed = Record<string, string | string[] | undefined>

/** Names in lower case, in their order; cookies are the receiver's own business. No `raw` of HTTP/2. */
export function toHeaders(parsed: Parsed, raw: Buffer[] | null): Answer['headers'] {
  const headers: Answer['headers'] = []
  const names = Object.keys(parsed)
  // undici has decoded them already, but folds repeated names into one; then read them again.
  if (raw === null || names.length * 2 === raw.length) {
    for (const name of names) {
      if (name !== 'set-cookie') headers.push([name, String(parsed[name])])
    }
    return headers
  }
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toString('latin1').toLowerCase()
    if (name !== 'set-cookie') headers.push([name, raw[i + 1]!.toString('latin1')])
  }
  return headers
}

/** What the parser of HTTP/1.1 counts by itself. */
export function sizeOf(parsed: Parsed): { fields: number; bytes: number } {
  let fields = 0
  let bytes = 0
  for (const [name, value = ''] of Object.entries(parsed)) {
    fields += Array.isArray(value) ? value.length : 1
    bytes += name.length + String(value).length
  }
  return { fields, bytes }
}

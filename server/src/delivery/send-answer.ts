import type { Answer } from '../domain/outcome.ts'

/** A small chunk as it is; of a large one a copy, so that the rest can go. */
export function firstOf(chunk: Buffer, bytes: number): Buffer {
  return chunk.length <= bytes ? chunk : Buffer.from(chunk.subarray(0, bytes))
}

/** Names in lower case, in their order; cookies are the receiver's own business. */
export function toHeaders(
  parsed: Record<string, string | string[] | undefined>,
  raw: Buffer[],
): Answer['headers'] {
  const headers: Answer['headers'] = []
  const names = Object.keys(parsed)
  // undici has decoded them already, but folds repeated names into one; then read them again.
  if (names.length * 2 === raw.length) {
    for (const name of names) {
      if (name !== 'set-cookie') headers.push([name, parsed[name] as string])
    }
    return headers
  }
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toString('latin1').toLowerCase()
    if (name !== 'set-cookie') headers.push([name, raw[i + 1]!.toString('latin1')])
  }
  return headers
}

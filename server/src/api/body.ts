// From bytes to JSON, bounded before it is parsed. `Content-Type` is ignored, as clients of this API
// expect: some send JSON without one.
import { isUtf8 } from 'node:buffer'
import { type AppError, invalid } from '../domain/errors.ts'
import { endOfString } from '../domain/json-bytes.ts'

export const MAX_DEPTH = 128

/** Throws 422 for what is not JSON in UTF-8, or is nested deeper than `MAX_DEPTH`. */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw unreadable('not valid UTF-8')
  if (depthOf(bytes) > MAX_DEPTH) throw unreadable(`nested deeper than ${MAX_DEPTH} levels`)
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw unreadable((error as Error).message)
  }
}

function unreadable(why: string): AppError {
  return invalid(
    ['body'],
    `Failed to parse the request body as JSON: ${why}`,
    'value_error.jsondecode',
  )
}

const QUOTE = 0x22

function depthOf(bytes: Buffer): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) i = endOfString(bytes, i)
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) deepest = depth
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return deepest
}

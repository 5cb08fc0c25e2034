// From bytes to JSON, bounded before it is parsed. `Content-Type` is ignored, as clients of this API
// expect: some send JSON without one.
import { isUtf8 } from 'node:buffer'
import { type AppError, invalid } from '../domain/errors.ts'

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
const BACKSLASH = 0x5c

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

/** The index of the closing quote of the string that opens at `start`. */
function endOfString(bytes: Buffer, start: number): number {
  let i = start
  for (;;) {
    i = bytes.indexOf(QUOTE, i + 1)
    if (i < 0) return bytes.length
    let slashes = 0
    while (bytes[i - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return i
  }
}

/**
 * The exact bytes of a member of the top-level object, or null. Of a name that is given twice the last
 * counts, as in `JSON.parse`. The text must have been parsed: nothing is checked here.
 */
export function memberBytes(bytes: Buffer, name: string): Buffer | null {
  let found: Buffer | null = null
  let i = bytes.indexOf(0x7b) + 1
  while (i < bytes.length) {
    i = skipSpace(bytes, i)
    if (bytes[i] !== QUOTE) return found
    const keyEnd = endOfString(bytes, i)
    const key: string = JSON.parse(bytes.toString('utf8', i, keyEnd + 1))
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd + 1) + 1)
    const end = endOfValue(bytes, start)
    if (key === name) found = bytes.subarray(start, end)
    i = skipSpace(bytes, end) + 1
  }
  return found
}

/** The exact bytes of each element of an array, whose text must have been parsed; else there are none. */
export function elementBytes(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  let i = skipSpace(bytes, 0)
  if (bytes[i] !== 0x5b) return found
  i = skipSpace(bytes, i + 1)
  while (i < bytes.length && bytes[i] !== 0x5d) {
    const end = endOfValue(bytes, i)
    found.push(bytes.subarray(i, end))
    i = skipSpace(bytes, skipSpace(bytes, end) + 1)
  }
  return found
}

function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) {
      i = endOfString(bytes, i)
      if (depth === 0) return i + 1
    } else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return trimEnd(bytes, start, i) // the end of what is around a bare literal
      if (--depth === 0) return i + 1
    } else if (byte === 0x2c && depth === 0) return trimEnd(bytes, start, i)
  }
  return bytes.length
}

const isSpace = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function skipSpace(bytes: Buffer, from: number): number {
  let i = from
  while (isSpace(bytes[i])) i++
  return i
}

function trimEnd(bytes: Buffer, start: number, end: number): number {
  let i = end
  while (i > start && isSpace(bytes[i - 1])) i--
  return i
}

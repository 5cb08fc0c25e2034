// Parts of a JSON text in their own bytes: never through JavaScript's numbers and back.
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = Buffer.from(',')
const CLOSING_BRACE = Buffer.from('}')

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

/**
 * The object with this member first, in place of any of that name; the others in their own bytes. The text
 * must have been parsed to an object: nothing is checked here.
 */
export function withMember(bytes: Buffer, name: string, value: string): Buffer {
  const kept: Buffer[] = []
  let i = bytes.indexOf(0x7b) + 1
  while (i < bytes.length) {
    i = skipSpace(bytes, i)
    if (bytes[i] !== QUOTE) break
    const keyEnd = endOfString(bytes, i)
    const end = endOfValue(bytes, skipSpace(bytes, skipSpace(bytes, keyEnd + 1) + 1))
    const isOther = JSON.parse(bytes.toString('utf8', i, keyEnd + 1)) !== name
    if (isOther) kept.push(COMMA, bytes.subarray(i, end))
    i = skipSpace(bytes, end) + 1
  }
  const member = Buffer.from(`{${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return Buffer.concat([member, ...kept, CLOSING_BRACE])
}

/** Whether the text is an object; of what came raw nobody knows. */
export function isJsonObject(bytes: Buffer): boolean {
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'))
    return parsed instanceof Object && !Array.isArray(parsed)
  } catch {
    return false
  }
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

/** The index of the closing quote of the string that opens at `start`. */
export function endOfString(bytes: Buffer, start: number): number {
  let i = start
  for (;;) {
    i = bytes.indexOf(QUOTE, i + 1)
    if (i < 0) return bytes.length
    let slashes = 0
    while (bytes[i - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return i
  }
}

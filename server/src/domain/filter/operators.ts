// The comparisons of a filter. Each is made ready once and then asked with the values at its path.
// They mean what MongoDB's mean: a value that is an array is asked as a whole and element by element.
import { RE2JS } from 're2js'
import type { Scalar } from './filter.ts'

type Test = (found: unknown[]) => boolean
/** Throws OperandError for what it cannot compare with. */
type Make = (operand: unknown) => Test

export class OperandError extends Error {
  override name = 'OperandError'
}

const MAX_TEXT = 1_024
const MAX_VALUES = 100
const MAX_PATTERN = 256
/**
 * An expression costs up to 2 µs a character, whatever it is: it looks at so many in all, text after
 * text, and at no text that is longer than what is left. A part would match what the whole does not.
 */
const MAX_MATCHED = 4_096

export const OPERATORS: Record<string, Make> = {
  $eq: (operand) => isOneOf([scalar(operand)]),
  $ne: (operand) => not(isOneOf([scalar(operand)])),
  $in: (operand) => isOneOf(scalars(operand)),
  $nin: (operand) => not(isOneOf(scalars(operand))),
  $gt: (operand) => compares(operand, (a, b) => a > b),
  $gte: (operand) => compares(operand, (a, b) => a >= b),
  $lt: (operand) => compares(operand, (a, b) => a < b),
  $lte: (operand) => compares(operand, (a, b) => a <= b),
  $exists: exists,
  $regex: regex,
  $contains: contains,
  $startsWith: startsWith,
}

/** An absent value is null here: `$eq: null` is for both, `$exists` tells them apart. */
function isOneOf(wanted: Scalar[]): Test {
  const values = new Set<unknown>(wanted)
  return (found) =>
    found.length === 0 ? values.has(null) : elements(found).some((value) => values.has(value))
}

const not =
  (test: Test): Test =>
  (found) =>
    !test(found)

/** Numbers with numbers (as doubles) and texts with texts, by code unit; nothing else has an order. */
function compares(
  operand: unknown,
  test: (a: string | number, b: string | number) => boolean,
): Test {
  if (typeof operand !== 'number' && typeof operand !== 'string') {
    throw new OperandError('expected a number or a text')
  }
  if (typeof operand === 'string') text(operand)
  return (found) =>
    elements(found).some(
      (value) => typeof value === typeof operand && test(value as typeof operand, operand),
    )
}

function exists(operand: unknown): Test {
  if (typeof operand !== 'boolean') throw new OperandError('expected true or false')
  return (found) => found.length > 0 === operand
}

/** A part of a text, or an element of an array. */
function contains(operand: unknown): Test {
  const wanted = scalar(operand)
  return (found) =>
    found.some((value) => {
      if (Array.isArray(value)) return value.includes(wanted)
      return typeof value === 'string' && typeof wanted === 'string' && value.includes(wanted)
    })
}

function startsWith(operand: unknown): Test {
  const wanted = text(operand)
  return (found) =>
    elements(found).some((value) => typeof value === 'string' && value.startsWith(wanted))
}

function regex(operand: unknown): Test {
  const pattern = text(operand)
  if (pattern.length > MAX_PATTERN) {
    throw new OperandError(`at most ${MAX_PATTERN} characters, not ${pattern.length}`)
  }
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
  } catch (error) {
    throw new OperandError(
      `cannot use this expression: ${(error as Error).message} (there are no look-arounds and no back-references here)`,
    )
  }
  return (found) => {
    let left = MAX_MATCHED
    for (const value of elements(found)) {
      if (typeof value !== 'string' || value.length > left) continue
      if (compiled.matcher(value).find()) return true
      left -= value.length
    }
    return false
  }
}

/** Arrays as themselves and as their elements. */
const elements = (found: unknown[]) =>
  found.some(Array.isArray)
    ? found.flatMap((value) => (Array.isArray(value) ? [value, ...value] : [value]))
    : found

function scalar(operand: unknown): Scalar {
  if (typeof operand === 'string') return text(operand)
  if (operand === null || typeof operand === 'number' || typeof operand === 'boolean') {
    return operand
  }
  throw new OperandError('expected a text, a number, true, false or null')
}

function scalars(operand: unknown): Scalar[] {
  if (!Array.isArray(operand)) throw new OperandError('expected a list of values')
  if (operand.length < 1 || operand.length > MAX_VALUES) {
    throw new OperandError(`expected 1 to ${MAX_VALUES} values, not ${operand.length}`)
  }
  return operand.map(scalar)
}

function text(operand: unknown): string {
  if (typeof operand !== 'string') throw new OperandError('expected a text')
  if (operand.length <= MAX_TEXT) return operand
  throw new OperandError(`at most ${MAX_TEXT} characters, not ${operand.length}`)
}

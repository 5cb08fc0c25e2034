// From JSON to a filter. Whatever a customer writes is either a filter that is quick to ask, or a
// problem with its place and what was expected there.
import { ROOTS } from './facts.ts'
import type { Filter } from './filter.ts'
import { OPERATORS, OperandError } from './operators.ts'

export type FilterProblem = { path: string[]; message: string }

const MAX_BYTES = 16_384
const MAX_DEPTH = 8
const MAX_CHECKS = 50
const MAX_EXPRESSIONS = 5
const MAX_STEPS = 10
const MAX_STEP = 256
const SEGMENT_NAME = /^[a-zA-Z0-9\-_.]{1,256}$/

class ParseError extends Error {
  override name = 'ParseError'
  readonly path: string[]
  constructor(path: string[], message: string) {
    super(message)
    this.path = path
  }
}

type Options = {
  /** A segment is made of conditions only: none names another, so none names itself. */
  segments: boolean
  /** What paths begin with; those of messages when nothing is said. */
  roots?: readonly string[]
}

/** Texts: nothing is inside them. */
const TEXTS = ['type', 'method', 'path', 'body']

export function parseFilter(json: unknown, options: Options): Filter | FilterProblem {
  try {
    const counts = { checks: 0, expressions: 0 }
    const filter = toFilter(json, { place: [], at: [], depth: 0, counts, options })
    // Only now: what is nested without end cannot even be written as text.
    const bytes = Buffer.byteLength(JSON.stringify(json))
    if (bytes > MAX_BYTES) throw new ParseError([], `at most ${MAX_BYTES} bytes, not ${bytes}`)
    return filter
  } catch (error) {
    if (error instanceof ParseError) return { path: error.path, message: error.message }
    throw error
  }
}

export const isProblem = (parsed: Filter | FilterProblem): parsed is FilterProblem =>
  'message' in parsed

type Context = {
  /** Where in the filter we are, for problems. */
  place: string[]
  /** The path that the conditions here are about. */
  at: string[]
  depth: number
  counts: { checks: number; expressions: number }
  options: Options
}

/** All members of an object must hold. */
function toFilter(json: unknown, context: Context): Filter {
  const { place, depth } = context
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ParseError(place, `expected an object of conditions, not ${nameOf(json)}`)
  }
  if (depth > MAX_DEPTH) throw new ParseError(place, `nested deeper than ${MAX_DEPTH} levels`)
  const entries = Object.entries(json)
  if (entries.length === 0) throw new ParseError(place, 'expected at least one condition')
  const parts = entries.map(([key, value]) =>
    toPart(key, value, { ...context, place: [...place, key], depth: depth + 1 }),
  )
  return parts.length === 1 ? parts[0]! : { kind: 'all', of: parts }
}

function toPart(key: string, value: unknown, context: Context): Filter {
  const { place, at, options } = context
  switch (key) {
    case '$and':
    case '$or':
      return { kind: key === '$and' ? 'all' : 'any', of: listOf(value, context) }
    case '$not':
      return { kind: 'not', of: toFilter(value, context) }
    case '$segment': {
      if (options.roots !== undefined) throw new ParseError(place, 'there are no segments here')
      if (!options.segments) {
        throw new ParseError(place, 'a segment cannot name another segment')
      }
      if (at.length > 0 || typeof value !== 'string' || !SEGMENT_NAME.test(value)) {
        throw new ParseError(place, 'expected the name of a segment, beside the conditions')
      }
      return { kind: 'segment', name: value }
    }
  }
  if (key.startsWith('$')) return toCheck(key, value, context)
  const inner = { ...context, at: pathOf(key, context) }
  return isObject(value) ? toFilter(value, inner) : toCheck('$eq', value, inner)
}

function listOf(value: unknown, context: Context): Filter[] {
  const { place } = context
  if (!Array.isArray(value) || value.length === 0) {
    throw new ParseError(place, 'expected a list of conditions')
  }
  return value.map((part, index) => toFilter(part, { ...context, place: [...place, `[${index}]`] }))
}

function toCheck(operator: string, operand: unknown, { place, at, counts }: Context): Filter {
  const make = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined
  if (make === undefined) {
    const known = [...Object.keys(OPERATORS), '$and', '$or', '$not', '$segment']
    throw new ParseError(place, `no such operator: ${known.join(' ')} are known`)
  }
  if (at.length === 0) {
    throw new ParseError(
      place,
      `expected a path before it, such as {"payload.total": {"${operator}": …}}`,
    )
  }
  if (++counts.checks > MAX_CHECKS)
    throw new ParseError(place, `more than ${MAX_CHECKS} conditions`)
  if (operator === '$regex' && ++counts.expressions > MAX_EXPRESSIONS) {
    throw new ParseError(place, `more than ${MAX_EXPRESSIONS} regular expressions`)
  }
  try {
    return { kind: 'check', path: at, operator, operand, holds: make(operand) }
  } catch (error) {
    if (error instanceof OperandError) throw new ParseError(place, error.message)
    throw error
  }
}

function pathOf(key: string, { place, at, options }: Context): string[] {
  const path = [...at, ...key.split('.')]
  const root = path[0]!
  const roots: readonly string[] = options.roots ?? ROOTS
  if (!roots.includes(root)) {
    throw new ParseError(place, `expected a path that begins with ${roots.join(', ')}`)
  }
  if (path.length > MAX_STEPS) throw new ParseError(place, `a path has ${MAX_STEPS} steps at most`)
  if (path.some((step) => step === '' || step.length > MAX_STEP)) {
    throw new ParseError(place, `a step of a path has 1 to ${MAX_STEP} characters`)
  }
  if (TEXTS.includes(root) && path.length > 1) {
    throw new ParseError(place, `a ${root} is a text and has nothing inside it`)
  }
  return path
}

const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

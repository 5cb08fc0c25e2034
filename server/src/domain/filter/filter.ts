// Which messages an endpoint wants, beyond types and channels: a condition of JSON operators over what a
// message says. Parsed once per endpoint, then asked once per message; it must not be able to take long.
import { type Rooted, valuesAt } from './facts.ts'

export type Scalar = string | number | boolean | null

/** One comparison: what stands at the path, against one operand. */
export type Check = {
  kind: 'check'
  path: string[]
  operator: string
  operand: unknown
  holds(found: unknown[]): boolean
}

export type Filter =
  | Check
  | { kind: 'all' | 'any'; of: Filter[] }
  | { kind: 'not'; of: Filter }
  /** A named condition of the application or its environment. */
  | { kind: 'segment'; name: string }

/** What `$segment` stands for, by name. One that is missing holds for nothing. */
export type Segments = ReadonlyMap<string, Filter>

/** Longer ones say no more to people. */
const MAX_RULE = 500
const MAX_FOUND = 5
const MAX_SHOWN = 200

/** The rule that held the message back, in one line; null when it passes. */
export function ruleAgainst(filter: Filter, facts: Rooted, segments: Segments): string | null {
  return holds(filter, facts, segments) ? null : cut(failing(filter, facts, segments), MAX_RULE)
}

function holds(filter: Filter, facts: Rooted, segments: Segments): boolean {
  switch (filter.kind) {
    case 'check':
      return filter.holds(valuesAt(facts, filter.path))
    case 'all':
      return filter.of.every((part) => holds(part, facts, segments))
    case 'any':
      return filter.of.some((part) => holds(part, facts, segments))
    case 'not':
      return !holds(filter.of, facts, segments)
    case 'segment': {
      const segment = segments.get(filter.name)
      return segment !== undefined && holds(segment, facts, segments)
    }
    default:
      return filter satisfies never
  }
}

/** Of a filter that does not hold: the part that would have to. */
function failing(filter: Filter, facts: Rooted, segments: Segments): string {
  if (filter.kind === 'all') {
    const part = filter.of.find((part) => !holds(part, facts, segments))
    return part === undefined ? describe(filter) : failing(part, facts, segments)
  }
  if (filter.kind === 'segment') {
    const segment = segments.get(filter.name)
    const why = segment === undefined ? 'does not exist' : failing(segment, facts, segments)
    return `segment ${filter.name}: ${why}`
  }
  return describe(filter)
}

function describe(filter: Filter): string {
  switch (filter.kind) {
    case 'check':
      return `${filter.path.join('.')} ${filter.operator} ${JSON.stringify(filter.operand)}`
    case 'all':
      return `(${filter.of.map(describe).join(' and ')})`
    case 'any':
      return `(${filter.of.map(describe).join(' or ')})`
    case 'not':
      return `not ${describe(filter.of)}`
    case 'segment':
      return `segment ${filter.name}`
    default:
      return filter satisfies never
  }
}

export type CheckResult = {
  segment: string | null
  path: string
  operator: string
  /** As JSON. */
  operand: string
  /** The first values at the path, as JSON, cut. */
  found: string[]
  holds: boolean
}

/** Every comparison of the filter and its segments, and what it found. */
export function explain(filter: Filter, facts: Rooted, segments: Segments): CheckResult[] {
  const results: CheckResult[] = []
  const walk = (part: Filter, segment: string | null) => {
    if (part.kind === 'check') {
      const { path, operator, operand } = part
      const found = valuesAt(facts, path)
      results.push({
        segment,
        path: path.join('.'),
        operator,
        operand: cut(JSON.stringify(operand), MAX_SHOWN),
        found: found.slice(0, MAX_FOUND).map((value) => cut(JSON.stringify(value), MAX_SHOWN)),
        holds: part.holds(found),
      })
    } else if (part.kind === 'segment') {
      const named = segments.get(part.name)
      if (named !== undefined) walk(named, part.name)
    } else if (part.kind === 'not') walk(part.of, segment)
    else for (const inner of part.of) walk(inner, segment)
  }
  walk(filter, null)
  return results
}

/** The segments that a filter names. */
export function segmentsIn(filter: Filter): string[] {
  if (filter.kind === 'segment') return [filter.name]
  if (filter.kind === 'check') return []
  const parts = filter.kind === 'not' ? [filter.of] : filter.of
  return [...new Set(parts.flatMap(segmentsIn))]
}

const cut = (text: string, max: number) =>
  text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`

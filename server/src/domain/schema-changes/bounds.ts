import { type Json, numberOf, type SchemaChange, textOf } from './schema-change.ts'

/** Keywords with a number that values must not go below or beyond. */
export const BOUNDS: Record<string, 'least' | 'most'> = {
  minimum: 'least',
  exclusiveMinimum: 'least',
  minLength: 'least',
  minItems: 'least',
  minProperties: 'least',
  minContains: 'least',
  maximum: 'most',
  exclusiveMaximum: 'most',
  maxLength: 'most',
  maxItems: 'most',
  maxProperties: 'most',
  maxContains: 'most',
}
/** Bounds of counts: without one it is this. */
const NONE_BELOW = ['minLength', 'minItems', 'minProperties']
/** What a value looks like: of two different ones nobody can tell which allows more. */
const FORMS = ['pattern', 'format', 'contentEncoding', 'contentMediaType']

type Found = Omit<SchemaChange, 'path'>

export function boundChanges(before: Json, after: Json): Found[] {
  return Object.entries(BOUNDS).flatMap(([name, direction]) => {
    const [a, b] = [boundOf(before, name), boundOf(after, name)]
    if (a === b) return []
    const isTighter =
      b !== undefined && (a === undefined || (direction === 'least' ? b > a : b < a))
    return [changed(name, [before[name], after[name]], isTighter ? ['senders'] : ['receivers'])]
  })
}

export function formChanges(before: Json, after: Json): Found[] {
  const forms = FORMS.flatMap((name): Found[] => {
    const [a, b] = [before[name], after[name]]
    if (a === b) return []
    if (a === undefined) return [changed(name, [a, b], ['senders'])]
    return [changed(name, [a, b], b === undefined ? ['receivers'] : ['senders', 'receivers'])]
  })
  return [...forms, ...stepChanges(before, after), ...uniqueChanges(before, after)]
}

function stepChanges(before: Json, after: Json): Found[] {
  const [a, b] = [numberOf(before['multipleOf']), numberOf(after['multipleOf'])]
  if (a === b) return []
  const given = [before['multipleOf'], after['multipleOf']]
  if (b === undefined || (a !== undefined && a % b === 0)) {
    return [changed('multipleOf', given, ['receivers'])]
  }
  const isTighter = a === undefined || b % a === 0
  return [changed('multipleOf', given, isTighter ? ['senders'] : ['senders', 'receivers'])]
}

function uniqueChanges(before: Json, after: Json): Found[] {
  const [a, b] = [before['uniqueItems'] === true, after['uniqueItems'] === true]
  return a === b ? [] : [changed('uniqueItems', [a, b], b ? ['senders'] : ['receivers'])]
}

function boundOf(schema: Json, name: string): number | undefined {
  const bound = numberOf(schema[name])
  return bound === 0 && NONE_BELOW.includes(name) ? undefined : bound
}

function changed(name: string, given: unknown[], breaks: Found['breaks']): Found {
  const [a, b] = given.map((value) => (value === undefined ? 'none' : textOf(value)))
  return {
    kind: Object.hasOwn(BOUNDS, name) ? 'bound' : 'form',
    message: `${name}: ${a} → ${b}`,
    breaks,
  }
}

// What changed between two JSON Schemas of an event, and whom each change breaks: the services that send
// it, the receivers that rely on it, or nobody. Pure, and never throws: what cannot be compared is said.
import { compareAlternatives } from './alternatives.ts'
import { boundChanges, formChanges } from './bounds.ts'
import { createFlattener } from './flatten.ts'
import { compareMembers } from './members.ts'
import { isObject, isSame, type Json, type SchemaChange } from './schema-change.ts'
import { typeChanges, valueChanges } from './values.ts'

/** Of schemas that lead back to themselves in ever new ways. */
const MAX_STEPS = 5_000
const MAX_DEPTH = 64

/** Rules whose meaning is not looked into: there, gone or different. */
const RULES = [
  ...['not', 'if', 'then', 'else', 'contains', 'unevaluatedItems', 'allOf', '$ref', '$dynamicRef'],
  ...['dependentRequired', 'dependentSchemas', 'dependencies'],
]
const NOTES = ['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly']
/** Allows everything, as no schema does. */
const ANYTHING: Json = {}

export function schemaChanges(before: unknown, after: unknown): SchemaChange[] {
  const flatten = { before: createFlattener(before), after: createFlattener(after) }
  const changes: SchemaChange[] = []
  const seen = new Map<Json, Set<Json>>()
  let steps = 0

  function isNew(a: Json, b: Json): boolean {
    const others = seen.get(a) ?? new Set()
    seen.set(a, others)
    if (others.has(b)) return false
    others.add(b)
    return true
  }

  function compare(given: { before: unknown; after: unknown }, path: string[]): void {
    const [a, b] = [toSchema(given.before), toSchema(given.after)]
    if (a === null || b === null) {
      if (a === null && b === null) return
      const [message, breaks] =
        b === null
          ? (['is not allowed any more', ['senders']] as const)
          : (['is allowed from now on', []] as const)
      changes.push({ path, kind: b === null ? 'closed' : 'opened', message, breaks: [...breaks] })
      return
    }
    if (!isNew(a, b) || path.length > MAX_DEPTH || ++steps > MAX_STEPS) return
    const [x, y] = [flatten.before(a), flatten.after(b)]
    const add = (found: Omit<SchemaChange, 'path'>[]) =>
      changes.push(...found.map((change) => ({ path, ...change })))
    const forms = compareAlternatives({ before: x, after: y }, flatten)
    add(forms.changes)
    for (const [one, other] of forms.pairs) compare({ before: one, after: other }, path)
    add(noteChanges(x, y))
    if (!forms.goOn) return
    add(typeChanges(x, y))
    add(valueChanges(x, y))
    add(boundChanges(x, y))
    add(formChanges(x, y))
    const members = compareMembers(x, y)
    changes.push(...members.changes.map((one) => ({ ...one, path: [...path, ...one.path] })))
    for (const { path: step, ...pair } of [...members.pairs, ...elementsOf(x, y)]) {
      compare(pair, [...path, step])
    }
    add(ruleChanges(x, y))
  }

  compare({ before, after }, [])
  if (steps > MAX_STEPS) {
    const message = 'leads back to itself in too many ways to be compared whole'
    changes.push({ path: [], kind: 'rule', message, breaks: ['senders', 'receivers'] })
  }
  if (changes.length === 0 && !isSame(before, after)) {
    changes.push({ path: [], kind: 'described', message: 'is written differently', breaks: [] })
  }
  return changes
}

/** Null for what allows nothing. */
function toSchema(value: unknown): Json | null {
  if (value === false) return null
  return isObject(value) ? value : ANYTHING
}

/** Elements of a list: those with a place of their own, and the others. */
function elementsOf(before: Json, after: Json) {
  const [a, b] = [listOf(before), listOf(after)]
  const count = Math.max(a.first.length, b.first.length)
  const placed = Array.from({ length: count }, (_, index) => ({
    path: `[${index}]`,
    before: a.first[index] ?? a.others,
    after: b.first[index] ?? b.others,
  }))
  return [...placed, { path: '[]', before: a.others, after: b.others }]
}

function listOf({ items, prefixItems, additionalItems }: Json) {
  if (Array.isArray(items)) return { first: items, others: additionalItems ?? true }
  return { first: Array.isArray(prefixItems) ? prefixItems : [], others: items ?? true }
}

function ruleChanges(before: Json, after: Json): Omit<SchemaChange, 'path'>[] {
  return RULES.flatMap((name) => {
    const [a, b] = [before[name], after[name]]
    if (isSame(a, b)) return []
    const rule = (message: string, breaks: SchemaChange['breaks']) => [
      { kind: 'rule' as const, message: `“${name}” ${message}`, breaks },
    ]
    if (a === undefined) return rule('is new', ['senders'])
    if (b === undefined) return rule('is gone', ['receivers'])
    return rule('is different, and cannot be compared', ['senders', 'receivers'])
  })
}

function noteChanges(before: Json, after: Json): Omit<SchemaChange, 'path'>[] {
  const names = NOTES.filter((name) => !isSame(before[name], after[name]))
  if (names.length === 0) return []
  const isDeprecated = after['deprecated'] === true && before['deprecated'] !== true
  const others = names.filter((name) => !(isDeprecated && name === 'deprecated'))
  const note = (message: string) => ({ kind: 'described' as const, message, breaks: [] })
  return [
    ...(isDeprecated ? [note('is deprecated')] : []),
    ...(others.length > 0 ? [note(`says something else: ${others.join(', ')}`)] : []),
  ]
}

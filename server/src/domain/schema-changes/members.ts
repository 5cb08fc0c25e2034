// What became of the members of an object.
import { type Json, type SchemaChange, textOf } from './schema-change.ts'

type Found = SchemaChange
export type Members = {
  changes: Found[]
  pairs: { path: string; before: unknown; after: unknown }[]
}

export function compareMembers(before: Json, after: Json): Members {
  const [a, b] = [mapOf(before['properties']), mapOf(after['properties'])]
  const [needed, needs] = [listOf(before['required']), listOf(after['required'])]
  const changes: Found[] = []
  const pairs: Members['pairs'] = []
  const note = (name: string, kind: Found['kind'], message: string, breaks: Found['breaks']) =>
    changes.push({ path: [name], kind, message, breaks })

  /** A member without a name of its own follows the rule for such members, where there is one. */
  const pairWithOthers = (path: string, pair: { before: unknown; after: unknown }) => {
    if (isRule(pair.before) && isRule(pair.after)) pairs.push({ path, ...pair })
  }

  for (const name of Object.keys(a)) {
    if (Object.hasOwn(b, name)) pairs.push({ path: name, before: a[name], after: b[name] })
    else if (isClosed(after)) note(name, 'property_removed', GONE, ['senders', 'receivers'])
    else {
      note(name, 'property_removed', 'was removed', ['receivers'])
      pairWithOthers(name, { before: a[name], after: after['additionalProperties'] })
    }
  }
  for (const name of Object.keys(b).filter((name) => !Object.hasOwn(a, name))) {
    // With a required member of its own anything goes wrong that can: told once.
    if (needs.includes(name) && !needed.includes(name)) {
      note(name, 'property_added', 'was added, and is required', ['senders'])
    } else note(name, 'property_added', 'was added', [])
    pairWithOthers(name, { before: before['additionalProperties'], after: b[name] })
  }
  for (const name of needs.filter((name) => !needed.includes(name))) {
    const isToldOf = Object.hasOwn(b, name) && !Object.hasOwn(a, name)
    if (!isToldOf) note(name, 'required', 'is required from now on', ['senders'])
  }
  for (const name of needed.filter((name) => !needs.includes(name))) {
    const isToldOf = Object.hasOwn(a, name) && !Object.hasOwn(b, name)
    if (!isToldOf) note(name, 'optional', 'is no longer required', ['receivers'])
  }
  for (const keyword of ['additionalProperties', 'unevaluatedProperties']) {
    const [had, has] = [before[keyword] ?? true, after[keyword] ?? true]
    if (textOf(had) === textOf(has)) pairs.push({ path: '*', before: had, after: has })
    else if (has === false) {
      const message = 'is closed: members that it does not name are no longer allowed'
      changes.push({ path: [], kind: 'closed', message, breaks: ['senders'] })
    } else if (had === false) {
      const message = 'is open: members that it does not name are allowed from now on'
      changes.push({ path: [], kind: 'opened', message, breaks: [] })
    } else pairs.push({ path: '*', before: had, after: has })
  }
  const [had, has] = [mapOf(before['patternProperties']), mapOf(after['patternProperties'])]
  for (const pattern of Object.keys({ ...had, ...has })) {
    const [one, other] = [had, has].map((map) =>
      Object.hasOwn(map, pattern) ? map[pattern] : true,
    )
    pairs.push({ path: `/${pattern}/`, before: one, after: other })
  }
  const names = [before['propertyNames'] ?? true, after['propertyNames'] ?? true]
  pairs.push({ path: 'names of members', before: names[0], after: names[1] })
  return { changes, pairs }
}

const GONE = 'was removed, and members that are not named are not allowed'

const isRule = (schema: unknown) => typeof schema === 'object' && schema !== null

const isClosed = (schema: Json) =>
  schema['additionalProperties'] === false || schema['unevaluatedProperties'] === false

const mapOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}

const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

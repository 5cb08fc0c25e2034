// One JSON Schema as TypeScript. What types cannot say (bounds, patterns, `not`) is left out: a payload
// that fits the schema fits the type.
import { isRawNumber } from '../../domain/exact-json.ts'
import { isObject, type Json } from '../document.ts'
import { findIn } from '../references.ts'
import { stepsOf } from '../validity.ts'
import { commentOf, memberName } from './typescript-text.ts'

/** What the text itself uses. */
export const EMIT_NAMES = ['Record', 'EventPayloads', 'EventType', 'WebhookEvent']

/** Deeper than schemas may be. */
const MAX_DEPTH = 40
const PLAIN: Record<string, string> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
}

type Options = { typeName: string; note: string; nameFor(name: string): string }

/** A declaration of the type, and after it those of the parts that it points at. */
export function emitSchema(root: Json, { typeName, note, nameFor }: Options): string {
  const names = new Map([['#', typeName]])
  const waiting: { name: string; schema: unknown }[] = []

  function nameOf(pointer: string): string {
    const known = names.get(pointer)
    if (known !== undefined) return known
    const target = pointer.startsWith('#/') ? findIn(root, decoded(pointer)) : undefined
    if (target === undefined) return 'unknown'
    const name = nameFor(`${typeName}-${stepsOf(decoded(pointer)).at(-1)}`)
    names.set(pointer, name)
    waiting.push({ name, schema: target })
    return name
  }

  function declared(name: string, schema: unknown, comment: string): string {
    const shape = isObject(schema) && isPlainObject(schema) ? membersOf(schema, '') : null
    if (shape !== null) return `${comment}export interface ${name} ${shape}\n`
    const type = typeOf(schema, '')
    // What is nothing but itself is anything.
    return `${comment}export type ${name} = ${type === name ? 'unknown' : type}\n`
  }

  function typeOf(schema: unknown, indent: string): string {
    if (schema === false) return 'never'
    if (!isObject(schema) || indent.length > 2 * MAX_DEPTH) return 'unknown'
    const { $ref, allOf, anyOf, oneOf, const: only, enum: values } = schema
    const parts: string[] = []
    if (only !== undefined) parts.push(literal(only))
    else if (Array.isArray(values)) parts.push(union(values.map(literal)))
    else if (hasShape(schema)) parts.push(ownTypeOf(schema, indent))
    if (typeof $ref === 'string') parts.push(nameOf($ref))
    if (Array.isArray(allOf)) parts.push(...allOf.map((one) => typeOf(one, indent)))
    for (const forms of [anyOf, oneOf]) {
      if (Array.isArray(forms)) parts.push(union(forms.map((one) => typeOf(one, indent))))
    }
    const said = [...new Set(parts)].filter((part) => part !== 'unknown')
    if (said.length === 0) return 'unknown'
    return said.length === 1 ? said[0]! : said.map(inBrackets).join(' & ')
  }

  function ownTypeOf(schema: Json, indent: string): string {
    const types = schema['type'] === undefined ? impliedTypes(schema) : [schema['type']].flat()
    return union(
      types.map((type) => {
        if (type === 'object') return objectOf(schema, indent)
        if (type === 'array') return listOf(schema, indent)
        return PLAIN[String(type)] ?? 'unknown'
      }),
    )
  }

  function objectOf(schema: Json, indent: string): string {
    const shape = membersOf(schema, indent)
    if (shape !== null) return shape
    const { additionalProperties, patternProperties } = schema
    if (additionalProperties === false && !isObject(patternProperties))
      return 'Record<string, never>'
    const isOnlyRule = isObject(additionalProperties) && !isObject(patternProperties)
    return `Record<string, ${isOnlyRule ? typeOf(additionalProperties, indent) : 'unknown'}>`
  }

  /** Null without any names. */
  function membersOf(schema: Json, indent: string): string | null {
    const properties = isObject(schema['properties']) ? schema['properties'] : {}
    const required = Array.isArray(schema['required']) ? schema['required'] : []
    const inner = `${indent}  `
    const members = Object.entries(properties).map(([name, member]) => {
      const { description, deprecated } = isObject(member) ? member : ({} as Json)
      const comment = commentOf([description, deprecated === true && '@deprecated'], inner)
      const mark = required.includes(name) ? '' : '?'
      return `${comment}${inner}${memberName(name)}${mark}: ${typeOf(member, inner)}\n`
    })
    const others = required
      .filter(
        (name): name is string => typeof name === 'string' && !Object.hasOwn(properties, name),
      )
      .map((name) => `${inner}${memberName(name)}: unknown\n`)
    const rest =
      isObject(schema['additionalProperties']) || isObject(schema['patternProperties'])
        ? [`${inner}[name: string]: unknown\n`]
        : []
    const all = [...members, ...others]
    return all.length === 0 ? null : `{\n${[...all, ...rest].join('')}${indent}}`
  }

  function listOf({ items, prefixItems, additionalItems, minItems }: Json, indent: string): string {
    const first = Array.isArray(items) ? items : Array.isArray(prefixItems) ? prefixItems : []
    const others = Array.isArray(items) ? additionalItems : items
    const other = typeOf(others ?? true, indent)
    if (first.length === 0) return `${inBrackets(other)}[]`
    const least = typeof minItems === 'number' ? minItems : 0
    const places = first.map((one, index) => {
      const type = typeOf(one, indent)
      return index < least ? type : `${inBrackets(type)}?`
    })
    return `[${[...places, ...(others === false ? [] : [`...${inBrackets(other)}[]`])].join(', ')}]`
  }

  const texts = [declared(typeName, root, note)]
  for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
    const { description } = isObject(one.schema) ? one.schema : ({} as Json)
    texts.push(declared(one.name, one.schema, commentOf([description])))
  }
  return texts.join('\n')
}

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer)
  } catch {
    return pointer
  }
}

const OBJECT = ['properties', 'required', 'additionalProperties', 'patternProperties']
const LIST = ['items', 'prefixItems']

const hasAny = (schema: Json, names: string[]) => names.some((name) => schema[name] !== undefined)

const hasShape = (schema: Json) => hasAny(schema, ['type', ...OBJECT, ...LIST])

/** Members without `type: object` say nothing of what is no object; of events that is what is meant. */
const impliedTypes = (schema: Json) => [
  ...(hasAny(schema, OBJECT) ? ['object'] : []),
  ...(hasAny(schema, LIST) ? ['array'] : []),
]

/** Nothing but an object, so that it can be an interface. */
const isPlainObject = (schema: Json) =>
  !hasAny(schema, ['$ref', 'allOf', 'anyOf', 'oneOf', 'const', 'enum']) &&
  (schema['type'] ?? impliedTypes(schema).join()) === 'object'

function literal(value: unknown): string {
  if (isRawNumber(value)) return 'number'
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, one]) => `${memberName(name)}: ${literal(one)}`)
  return members.length === 0 ? 'Record<string, never>' : `{ ${members.join('; ')} }`
}

const union = (types: string[]): string => {
  const distinct = [...new Set(types)]
  if (distinct.includes('unknown')) return 'unknown'
  return distinct.length === 0 ? 'never' : distinct.map(inIntersection).join(' | ')
}

const inIntersection = (type: string) => (/^[^{(]* & /.test(type) ? `(${type})` : type)

/** Brackets where a list or an intersection is made of it. */
const inBrackets = (type: string) =>
  / [|&] /.test(type) && !isOneBracket(type) ? `(${type})` : type

/** `{ … }` and `( … )` from the first character to the last are one thing already. */
function isOneBracket(type: string): boolean {
  if (!/^[{([]/.test(type)) return false
  let depth = 0
  let isText = false
  for (let at = 0; at < type.length; at++) {
    const char = type[at]
    if (isText && char === '\\') at++
    else if (char === '"') isText = !isText
    else if (isText) continue
    else if (/[{([]/.test(char!)) depth++
    else if (/[})\]]/.test(char!) && --depth === 0) return at === type.length - 1
  }
  return false
}

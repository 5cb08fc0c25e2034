// A JSON Schema of the document as something to read: names, types, limits, what lies below.
import type { Document } from '../openapi.ts'
import type { Json } from '../openapi-schemas.ts'
import { type Html, html, prose } from './html.ts'

export type Schema = Json & {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  prefixItems?: Schema[]
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  enum?: unknown[]
  description?: string
  deprecated?: boolean
  examples?: unknown[]
}

type Place = { document: Document; depth: number; optional: boolean }

const ANYTHING = 'any JSON'

/** Deeper than any shape of ours but for those that hold themselves. */
const MAX_DEPTH = 6

export function follow(document: Document, schema: Schema): Schema {
  const name = nameOf(schema)
  return name === null ? schema : follow(document, document.components.schemas[name] as Schema)
}

const nameOf = ({ $ref }: Schema) => $ref?.replace('#/components/schemas/', '') ?? null

/** The fields of an object, or of the objects in a list. `optional` marks those that may be absent. */
export function toFields(document: Document, schema: Schema, { optional = false } = {}): Html {
  return html`${alternatives(schema, document)}${fieldsOf(schema, { document, depth: 0, optional })}`
}

function fieldsOf(given: Schema, place: Place): Html | null {
  const { document, depth } = place
  const schema = follow(document, given)
  const { properties, required = [] } = schema
  if (properties === undefined || depth > MAX_DEPTH) return null
  return html`<ul class="fields">${Object.entries(properties).map(([name, field]) =>
    toField({ name, field, isRequired: required.includes(name) }, place),
  )}</ul>`
}

type Field = { name: string; field: Schema; isRequired: boolean }

function toField({ name, field, isRequired }: Field, place: Place): Html {
  const below = belowOf(field, place)
  const { description, deprecated } = field
  return html`<li><code class="name">${name}</code> <span class="type">${typeOf(field)}</span>
${isRequired && !place.optional && html`<span class="tag required">required</span>`}
${!isRequired && place.optional && html`<span class="tag">optional</span>`}
${deprecated === true && html`<span class="tag">deprecated</span>`}
${toLimits(field)}
${description !== undefined && html`<p>${prose(description)}</p>`}
${below}</li>`
}

function belowOf(field: Schema, place: Place): Html | null {
  const deeper = { ...place, depth: place.depth + 1 }
  const below = [field, ...(field.anyOf ?? [])]
    .flatMap((one) => [one, one.items, one.additionalProperties])
    .map((one) => (typeof one === 'object' ? fieldsOf(one, deeper) : null))
    .find((one) => one !== null)
  if (below === undefined) return null
  return html`<details><summary>Its fields</summary>${below}</details>`
}

/** `anyOf` beside properties says which of them are needed. */
function alternatives({ anyOf = [] }: Schema, _document: Document): Html | null {
  const names = anyOf.flatMap(({ required = [], type }) => (type === undefined ? required : []))
  if (names.length === 0) return null
  return html`<p>Needs ${names.map((name, index) => html`${index > 0 && ' or '}<code>${name}</code>`)}.</p>`
}

/** `string`, `list of EndpointOut`, `integer or null`, `map to string`. */
export function typeOf(schema: Schema): string {
  const name = nameOf(schema)
  if (name !== null) return name
  const { type, anyOf, items, prefixItems, additionalProperties, properties, format } = schema
  if (anyOf !== undefined && type === undefined) return anyOf.map(typeOf).join(' or ')
  if ('const' in schema) return JSON.stringify(schema['const'])
  const types = [type ?? ANYTHING].flat().map((one) => {
    if (one === 'array' && prefixItems) return `list of [${prefixItems.map(typeOf).join(', ')}]`
    if (one === 'array') return `list of ${typeOf(items ?? {})}`
    if (one === 'object' && !properties && typeof additionalProperties === 'object') {
      const member = typeOf(additionalProperties)
      return member === ANYTHING ? 'object' : `map to ${member}`
    }
    if (one === 'string' && format === 'date-time') return 'date-time'
    return one
  })
  return types.join(' or ')
}

/** In one line, or nothing. */
export function toLimits(schema: Schema): Html | null {
  const limits = limitsOf(schema)
  return limits.length === 0 ? null : html`<p class="limits">${prose(limits.join(' · '))}</p>`
}

function limitsOf(schema: Schema): string[] {
  const items = schema.items === undefined ? [] : limitsOf(schema.items).map((it) => `each ${it}`)
  const of = (name: string) => schema[name] as number | undefined
  return [
    ...(schema.enum ? [`one of ${schema.enum.map((one) => `\`${one}\``).join(' ')}`] : []),
    ...range(of('minimum'), of('maximum'), ''),
    ...range(of('minLength'), of('maxLength'), ' characters'),
    ...range(of('minItems'), of('maxItems'), ' items'),
    ...(schema['format'] === 'uri' ? ['a URL'] : []),
    ...(schema['pattern'] === undefined ? [] : [`matches \`${schema['pattern']}\``]),
    ...(schema['default'] === undefined
      ? []
      : [`default \`${JSON.stringify(schema['default'])}\``]),
    ...items,
  ]
}

/** Bounds that are only those of the number's own type say nothing. */
function range(min: number | undefined, max: number | undefined, unit: string): string[] {
  const least = min === undefined || min <= Number.MIN_SAFE_INTEGER ? undefined : min
  const most = max === undefined || max >= Number.MAX_SAFE_INTEGER ? undefined : max
  const number = (value: number) => value.toLocaleString('en')
  if (least !== undefined && most !== undefined)
    return [`${number(least)} to ${number(most)}${unit}`]
  if (least === 1) return [`at least 1${unit.replace(/s$/, '')}`]
  if (least !== undefined) return [`at least ${number(least)}${unit}`]
  if (most !== undefined) return [`at most ${number(most)}${unit}`]
  return []
}

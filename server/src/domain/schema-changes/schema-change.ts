import { isRawNumber } from '../exact-json.ts'

export type Json = { [name: string]: unknown }

/**
 * Whom a change breaks. Senders: a payload that was right before is refused now. Receivers: a payload may
 * come that the schema before did not allow, or without what it promised.
 */
export const SIDES = ['senders', 'receivers'] as const
export type Side = (typeof SIDES)[number]

export const CHANGE_KINDS = [
  'property_added',
  'property_removed',
  'required',
  'optional',
  'type',
  'value',
  'bound',
  'form',
  'closed',
  'opened',
  'alternative',
  'rule',
  'described',
] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

export type SchemaChange = {
  /** Members by name, `[]` for elements of a list, `*` for members without a name. */
  path: string[]
  kind: ChangeKind
  message: string
  breaks: Side[]
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

export const isSame = (a: unknown, b: unknown) => a === b || textOf(a) === textOf(b)

export const textOf = (value: unknown) => JSON.stringify(value) ?? 'nothing'

/** Values from outside, short enough for a sentence. */
export function brief(value: unknown): string {
  const text = textOf(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** As JavaScript reads it; undefined for what is no number. */
export function numberOf(value: unknown): number | undefined {
  if (isRawNumber(value)) return Number(value.rawJSON)
  return typeof value === 'number' ? value : undefined
}

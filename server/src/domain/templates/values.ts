// Reading values out of payloads, for templates. A path sees members of the JSON itself and nothing else:
// `constructor` and `__proto__` are plain names. Numbers keep their spelling.
import { isRawNumber } from '../exact-json.ts'
import type { Parameters, TemplateInput } from './template.ts'

/** Deeper ones are written as JSON. */
const MAX_DEPTH = 10
const MAX_PAIRS = 500

/** Undefined when nothing is there. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || isRawNumber(value)) return undefined
    if (Array.isArray(value) && !/^\d+$/.test(step)) return undefined
    if (!Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

/** As people read it: texts as they are, nothing for null, the rest as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed()
  if (value === undefined || value === null) return ''
  return JSON.stringify(value)
}

/** `{{payload.name}}`, `{{type}}`, `{{id}}` and `{{time}}` in a text. */
export function filled(text: string, input: TemplateInput, toSafe = (part: string) => part) {
  return text.replace(/\{\{\s*([^{}]{1,512}?)\s*\}\}/g, (_, name: string) =>
    toSafe(textOf(named(name, input))),
  )
}

/** What a placeholder or the right side of `name=…` names. */
export function named(name: string, { json, eventType, messageId, at }: TemplateInput): unknown {
  if (name === 'type') return eventType
  if (name === 'id') return messageId
  if (name === 'time') return at.toISOString()
  if (name === 'payload') return json
  return name.startsWith('payload.') ? valueAt(json, name.slice('payload.'.length)) : undefined
}

/** `name=payload.path` of a list; a path alone is named by its last step. */
export function picked(list: string[], input: TemplateInput): [string, unknown][] {
  return list.map((entry) => {
    const at = entry.indexOf('=')
    const source = at < 0 ? entry : entry.slice(at + 1)
    const name = at < 0 ? source.slice(source.lastIndexOf('.') + 1) : entry.slice(0, at)
    return [name, named(source.trim(), input)]
  })
}

/** `name=value` of a list, for what is the same in every request. */
export const constants = (list: string[]): [string, string][] =>
  list.map((entry) => {
    const at = entry.indexOf('=')
    return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
  })

/** Every value of an object by the names that lead to it, joined by dots. */
export function flattened(json: unknown): [string, string][] {
  const pairs: [string, string][] = []
  const walk = (value: unknown, path: string[]) => {
    if (pairs.length >= MAX_PAIRS) return
    const isInner = typeof value === 'object' && value !== null && !isRawNumber(value)
    if (!isInner || path.length >= MAX_DEPTH) {
      if (path.length > 0) pairs.push([path.join('.'), textOf(value)])
    } else for (const [name, inner] of Object.entries(value)) walk(inner, [...path, name])
  }
  walk(json, [])
  return pairs
}

export const textIn = (parameters: Parameters, name: string): string => {
  const value = parameters[name]
  return typeof value === 'string' ? value : ''
}

export const listIn = (parameters: Parameters, name: string): string[] => {
  const value = parameters[name]
  return Array.isArray(value) ? value : []
}

/** With the mark of a cut, so that the whole has at most `max` characters. */
export const cutTo = (text: string, max: number) =>
  text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`

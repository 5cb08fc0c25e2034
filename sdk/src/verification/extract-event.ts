import { type Body, readBody, readPointer } from './body.ts'
import { digest, encodeBytes } from './encoding.ts'
import type { Preset, Rule } from './preset.ts'
import { headerValues, type InboundRequest } from './request.ts'
import { parseTimestamp } from './timestamp.ts'
import { WebhookError } from './webhook-error.ts'

export type ExtractRules = Pick<Preset, 'id' | 'type' | 'at' | 'split' | 'dedupe' | 'formField'>

/** Reads a value at a JSON pointer. */
export type At = (pointer: string) => unknown

/** Id, type and time of a request that holds one event, or of the first that it holds. */
export async function extractEvent(request: InboundRequest, rules: ExtractRules) {
  const at = readWhole(readBody(request, rules.formField), rules)
  const id = readRule(request, rules.id, at)?.text ?? null
  return {
    id: id ?? (rules.dedupe === 'none' ? null : await digestOf(request.body)),
    type: readRule(request, rules.type, at)?.text ?? null,
    at: readTime(request, rules, at),
  }
}

/** Pointers into the body; those of a list's items look into the first one. */
export function readWhole(body: Body, { split }: ExtractRules): At {
  const list = split === undefined ? undefined : readLeniently(body, split)
  const first: unknown = Array.isArray(list) ? list[0] : undefined
  return (pointer) => readLeniently(body, pointer) ?? readPointer(first, pointer)
}

export type Found = { text: string; headers: string[] }

export function readRule(request: InboundRequest, rule: Rule | undefined, at: At): Found | null {
  for (const entry of rule ?? []) {
    const names = [entry].flat()
    const texts = names.map((name) =>
      name.startsWith('/') ? toText(at(name)) : toText(headerValues(request, name)[0]),
    )
    if (!texts.every((text) => text !== null)) continue
    return { text: texts.join('.'), headers: names.filter((name) => !name.startsWith('/')) }
  }
  return null
}

function toText(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

/** A body that is no JSON has nothing at any pointer; whether that is an error, its reader says. */
function readLeniently(body: Body, pointer: string): unknown {
  try {
    return body.at(pointer)
  } catch (error) {
    if (error instanceof WebhookError) return undefined
    throw error
  }
}

export const digestOf = async (body: Uint8Array) => encodeBytes(await digest('sha256', body), 'hex')

// Seconds of this size are in the year 5138; a larger number is milliseconds.
const MAX_SECONDS = 100_000_000_000

/** A time that cannot be read is no time: it only dates the event, and accepts nothing. */
export function readTime(request: InboundRequest, rules: ExtractRules, at: At): Date | null {
  const text = readRule(request, rules.at, at)?.text
  if (text === undefined) return null
  try {
    const isNumber = /^\d+$/.test(text)
    const unit = !isNumber ? 'iso' : Number(text) < MAX_SECONDS ? 's' : 'ms'
    return new Date(parseTimestamp(text, unit).ms)
  } catch (error) {
    if (error instanceof WebhookError) return null
    throw error
  }
}

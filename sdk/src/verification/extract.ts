import { type Body, readBody, readPointer } from './body.ts'
import { digest, encodeBytes } from './encoding.ts'
import type { Preset, Rule } from './preset.ts'
import { headerValues, type InboundRequest } from './request.ts'
import type { Scheme } from './scheme.ts'
import { coveredHeaders } from './signed-content.ts'
import { parseTimestamp } from './timestamp.ts'
import { WebhookError } from './webhook-error.ts'

/** What of a request is one event: the whole of it, or an item of its list. */
export type Extracted = {
  /** What to deduplicate on, with the source and the type; null where nothing tells. */
  id: string | null
  /** `provider`: its id. `digest`: SHA-256 of the body, for want of one. */
  idFrom: 'provider' | 'digest' | null
  /** False for an id that who replays a request can change. */
  idAuthenticated: boolean
  type: string | null
  at: Date | null
  /** JSON pointer of the item; empty for the whole body. */
  pointer: string
  /** The item; undefined for a body that is not parsed. */
  data: unknown
}

export type ExtractRules = Pick<Preset, 'id' | 'type' | 'at' | 'split' | 'dedupe' | 'formField'>
type Given = {
  scheme: Scheme
  /** Cut a list into its items where the preset knows one. */
  split?: boolean
  bodyAuthenticated: boolean
}

const MAX_ITEMS = 1000
const MAX_ID_BYTES = 200

/**
 * Id, type and time by the preset's rules, after the request was verified. A body that cannot be read
 * throws `payload_unreadable` only where a rule needs it.
 */
export async function extractEvents(
  request: InboundRequest,
  rules: ExtractRules,
  { scheme, split = false, bodyAuthenticated }: Given,
): Promise<Extracted[]> {
  const body = readBody(request, rules.formField)
  const covered = 'signature' in scheme ? coveredHeaders(scheme) : []
  const items =
    split && rules.split !== undefined
      ? listItems(body, rules.split)
      : [{ pointer: '', data: null }]
  return await Promise.all(
    items.map(async ({ pointer, data }, index) => {
      const isWhole = pointer === ''
      // Without cutting, rules of items look into the first one: a list of one is one event.
      const first = rules.split === undefined ? undefined : firstItem(body, rules.split)
      const at = (path: string) => (isWhole ? atOf(body, first, path) : readPointer(data, path))
      const id = readRule(request, rules.id, at)
      const time = readRule(request, rules.at, at)
      const found = id ?? (rules.dedupe === 'none' ? null : await digestOf(request.body, index))
      return {
        id: found === null ? null : await shortened(found.text),
        idFrom: id ? 'provider' : found && 'digest',
        idAuthenticated: isCovered(found, covered, bodyAuthenticated),
        type: readRule(request, rules.type, at)?.text ?? null,
        at: time === null ? null : toDate(time.text),
        pointer,
        data: isWhole ? undefined : data,
      } satisfies Extracted
    }),
  )
}

type Found = { text: string; headers: string[] }

function readRule(
  request: InboundRequest,
  rule: Rule | undefined,
  at: (pointer: string) => unknown,
): Found | null {
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

function isCovered(found: Found | null, covered: string[], bodyAuthenticated: boolean): boolean {
  if (found === null) return false
  if (found.headers.length === 0) return bodyAuthenticated
  const known = new Set(covered.map((name) => name.toLowerCase()))
  const family = (name: string) => name.toLowerCase().replace(/^svix-/, 'webhook-')
  return found.headers.every((name) => known.has(name.toLowerCase()) || known.has(family(name)))
}

function listItems(body: Body, split: string): { pointer: string; data: unknown }[] {
  const list = body.at(split)
  if (!Array.isArray(list)) return [{ pointer: '', data: null }]
  if (list.length > MAX_ITEMS) {
    throw new WebhookError('payload_unreadable', `The body lists more than ${MAX_ITEMS} events.`)
  }
  return list.map((data, index) => ({ pointer: `${split}/${index}`, data: data as unknown }))
}

function firstItem(body: Body, split: string): unknown {
  const list = readLeniently(body, split)
  return Array.isArray(list) ? (list[0] as unknown) : undefined
}

const atOf = (body: Body, first: unknown, path: string) =>
  readLeniently(body, path) ?? readPointer(first, path)

/** A body that is no JSON has nothing at any pointer; whether that is an error, its reader says. */
function readLeniently(body: Body, pointer: string): unknown {
  try {
    return body.at(pointer)
  } catch (error) {
    if (error instanceof WebhookError) return undefined
    throw error
  }
}

async function digestOf(body: Uint8Array, index: number): Promise<Found> {
  const text = encodeBytes(await digest('sha256', body), 'hex')
  return { text: index === 0 ? text : `${text}.${index}`, headers: [] }
}

async function shortened(id: string): Promise<string> {
  const bytes = new TextEncoder().encode(id)
  if (bytes.length <= MAX_ID_BYTES) return id
  return `sha256:${encodeBytes(await digest('sha256', bytes), 'hex')}`
}

// Seconds of this size are in the year 5138; a larger number is milliseconds.
const MAX_SECONDS = 100_000_000_000

/** A time that cannot be read is no time: it only dates the event, and accepts nothing. */
function toDate(text: string): Date | null {
  try {
    const isNumber = /^\d+$/.test(text)
    const unit = !isNumber ? 'iso' : Number(text) < MAX_SECONDS ? 's' : 'ms'
    return new Date(parseTimestamp(text, unit).ms)
  } catch (error) {
    if (error instanceof WebhookError) return null
    throw error
  }
}

import { type Body, readBody, readPointer } from './body.ts'
import { digest, encodeBytes } from './encoding.ts'
import {
  digestOf,
  type ExtractRules,
  type Found,
  readRule,
  readTime,
  readWhole,
} from './extract-event.ts'
import type { InboundRequest } from './request.ts'
import type { Scheme } from './scheme.ts'
import { coveredHeaders, inFamily } from './signed-content.ts'
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
  given: InboundRequest,
  rules: ExtractRules,
  { scheme, split = false, bodyAuthenticated }: Given,
): Promise<Extracted[]> {
  const request = inFamily(given, scheme)
  const body = readBody(request, rules.formField)
  const covered = 'signature' in scheme ? coveredHeaders(scheme) : []
  const items = split && rules.split !== undefined ? listItems(body, rules.split) : WHOLE
  return await Promise.all(
    items.map(async ({ pointer, data }, index) => {
      const isWhole = pointer === ''
      const at = isWhole ? readWhole(body, rules) : (path: string) => readPointer(data, path)
      const id = readRule(request, rules.id, at)
      const found = id ?? (rules.dedupe === 'none' ? null : await numbered(request.body, index))
      return {
        id: found === null ? null : await shortened(found.text),
        idFrom: id ? 'provider' : found && 'digest',
        idAuthenticated: isCovered(found, covered, bodyAuthenticated),
        type: readRule(request, rules.type, at)?.text ?? null,
        at: readTime(request, rules, at),
        pointer,
        data,
      } satisfies Extracted
    }),
  )
}

const WHOLE = [{ pointer: '', data: undefined }]

function isCovered(found: Found | null, covered: string[], bodyAuthenticated: boolean): boolean {
  if (found === null) return false
  if (found.headers.length === 0) return bodyAuthenticated
  const known = new Set(covered.map((name) => name.toLowerCase()))
  return found.headers.every((name) => known.has(name.toLowerCase()))
}

function listItems(body: Body, split: string): { pointer: string; data: unknown }[] {
  const list = body.at(split)
  if (!Array.isArray(list)) return WHOLE
  if (list.length > MAX_ITEMS) {
    throw new WebhookError('payload_unreadable', `The body lists more than ${MAX_ITEMS} events.`)
  }
  return list.map((data, index) => ({ pointer: `${split}/${index}`, data: data as unknown }))
}

async function numbered(body: Uint8Array, index: number): Promise<Found> {
  const text = await digestOf(body)
  return { text: index === 0 ? text : `${text}.${index}`, headers: [] }
}

async function shortened(id: string): Promise<string> {
  const bytes = new TextEncoder().encode(id)
  if (bytes.length <= MAX_ID_BYTES) return id
  return `sha256:${encodeBytes(await digest('sha256', bytes), 'hex')}`
}

// Which captures are meant: by number, method and target, and by a filter over what they say.
import type { Capture } from '../domain/bin.ts'
import { captureFacts } from '../domain/capture-facts.ts'
import { invalid } from '../domain/errors.ts'
import { type Filter, ruleAgainst } from '../domain/filter/filter.ts'
import type { Wants } from '../store/captures.ts'
import { readMatch } from './bin-shape.ts'
import { text, wholeNumber } from './lists.ts'

/** In one answer. */
export const MOST_CAPTURES = 100
const NO_SEGMENTS = new Map()

export const captureQuery = {
  after: wholeNumber(),
  method: text(),
  target: text(),
  /** As JSON. */
  match: text(),
}

type Query = {
  after?: number | undefined
  method?: string | undefined
  target?: string | undefined
}

export const filterOf = ({ after, method, target }: Query) => ({
  after: after ?? null,
  before: null,
  method: method ?? null,
  target: target ?? null,
})

/** Throws 422 for what is no filter. */
export function matchIn({ match }: { match?: string | undefined }): Filter | null {
  if (match === undefined) return null
  const loc = ['query', 'match']
  let json: unknown
  try {
    json = JSON.parse(match)
  } catch {
    throw invalid(loc, 'expected a filter as JSON, such as {"payload.type":"invoice.paid"}')
  }
  return readMatch(json, loc)
}

export const wantsOf = (match: Filter | null): Wants | null =>
  match && ((capture) => lackOf(match, capture) === null)

/** The condition that a capture does not meet; null when it meets all. */
export const lackOf = (match: Filter, capture: Capture): string | null =>
  ruleAgainst(match, captureFacts(capture), NO_SEGMENTS)

// How filters travel: as JSON objects, whose rules are the domain's.
import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import { type Filter, segmentsIn } from '../domain/filter/filter.ts'
import { isProblem, parseFilter } from '../domain/filter/parse.ts'
import type { Db } from '../store/connect.ts'
import type { StoredFilter } from '../store/endpoints.ts'
import { findUnknownSegments, type SegmentOwner } from '../store/segments.ts'
import { onTheWire } from './shapes.ts'

const EXAMPLE = { 'payload.country': 'SE', 'payload.company.employees': { $gt: 50 } }

/** Read by `readFilter`: zod would only say that it is none. */
export const filterJson = () =>
  onTheWire(z.unknown(), {
    type: ['object', 'null'],
    description: 'Conditions that must all hold; see docs/filters.md',
    examples: [EXAMPLE],
  })

export const FilterOut = () =>
  z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ examples: [EXAMPLE] })

/** Throws 422 with the place of the problem in the filter. */
export function readFilter(
  json: unknown,
  { loc, ...options }: { loc: string[]; segments: boolean; roots?: readonly string[] },
): Filter {
  const filter = parseFilter(json, options)
  if (isProblem(filter)) throw invalid([...loc, ...filter.path], filter.message)
  return filter
}

/**
 * The filter of an endpoint as it is stored; an absent one is undefined and null is none. Throws 422 for
 * what is no filter, and for segments that its owner cannot name.
 */
export async function toStoredFilter(
  db: Db,
  owner: SegmentOwner,
  json: unknown,
): Promise<StoredFilter | undefined> {
  if (json === undefined) return undefined
  if (json === null) return { json: null, segments: [] }
  const loc = ['body', 'filter']
  const segments = segmentsIn(readFilter(json, { loc, segments: true }))
  const unknown = await findUnknownSegments(db, owner, segments)
  if (unknown.length > 0) throw invalid(loc, `no such segments: ${unknown.join(', ')}`)
  return { json: json as object, segments }
}

// How filters travel: as JSON objects, whose rules are the domain's.
import { z } from 'zod'
import { invalid } from '../domain/errors.ts'
import type { Filter } from '../domain/filter/filter.ts'
import { isProblem, parseFilter } from '../domain/filter/parse.ts'
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

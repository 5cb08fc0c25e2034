// Values of a schema, most of them allowed by it, from a seed.
import { follow, type OpenApi, type Schema } from './openapi-document.ts'

/** mulberry32: the same numbers on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

// biome-ignore format: a row of bad ideas
export const JUNK: unknown[] = [
  null, true, 0, -1, 1.5, 1e308, 2 ** 31, 65_536, '', ' ', 'null', '\u0000', '\ud800', '\u202e😀',
  "'; drop table message; --", '%00', '../..', 'a'.repeat(5_000), [], [null], {}, { a: { b: [] } },
  { constructor: 1, toString: null }, '2026-02-30T10:00:00Z', '275760-09-13T00:00:00Z', 'app_', '-',
]

type Make = { document: OpenApi; random: () => number; junk: number }

export function createMaker({ document, random, junk }: Make) {
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random() * values.length)]!

  function make(given: Schema, depth = 0): unknown {
    if (random() < junk) return pick(JUNK)
    const schema = follow(document, given)
    if (schema.enum !== undefined) return pick(schema.enum)
    const part = schema.anyOf?.find((one) => one.type !== 'null' && !one.required)
    if (part !== undefined) return make(part, depth)
    const types = [schema.type ?? 'object'].flat()
    const type = types.length > 1 && random() < 0.1 ? 'null' : types[0]
    if (type === 'null') return null
    if (type === 'boolean') return random() < 0.5
    if (type === 'integer' || type === 'number') return number(schema)
    if (type === 'array') return [make(schema.items ?? {}, depth + 1)]
    if (type === 'string') return text(schema)
    return object(schema, depth)
  }

  function object(schema: Schema, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {}
    if (depth > 4) return made
    const alternative = schema.anyOf?.[0]?.required ?? []
    const required = new Set([...(schema.required ?? []), ...alternative])
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      if (random() < (required.has(name) ? 1 - junk / 4 : 0.3)) made[name] = make(member, depth + 1)
    }
    if (typeof schema.additionalProperties === 'object') {
      made[pick(['a', 'X-Other', 'content-type'])] = make(schema.additionalProperties, depth + 1)
    }
    return made
  }

  function number({ minimum = 0, maximum = 1_000 }: Schema): number {
    return pick([minimum, maximum, minimum + Math.floor(random() * (maximum - minimum))])
  }

  function text({ format, examples }: Schema): unknown {
    if (examples !== undefined) return pick(examples)
    if (format === 'date-time') return new Date(2.2e12 * random()).toISOString()
    return `n${Math.floor(random() * 1e9)}`
  }
  return { make, pick }
}

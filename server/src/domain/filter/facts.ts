// What a filter may look at, and how a path finds values in it.

/** The roots of every path. */
export const ROOTS = ['payload', 'type', 'channels', 'tags', 'metadata'] as const

export type Facts = {
  /** Parsed; undefined when it is no JSON. */
  payload: unknown
  type: string
  channels: string[] | null
  tags: string[] | null
  /** Of the application. */
  metadata: Record<string, string>
}

/** What stands at each root: of messages `Facts`, of captures what capture-facts.ts says. */
export type Rooted = Readonly<Record<string, unknown>>

/** Arrays in arrays in arrays: a path goes no further into them. */
const MAX_ARRAYS = 10

/**
 * The values at a path; none when nothing is there. A name that meets an array goes on in each of its
 * elements, as in MongoDB; a number names a position. Only what the JSON itself says counts.
 */
export function valuesAt(facts: Rooted, path: string[]): unknown[] {
  const found: unknown[] = []
  collect(facts[path[0]!], path, 1, 0, found)
  return found
}

function collect(value: unknown, path: string[], at: number, arrays: number, found: unknown[]) {
  const step = path[at]
  if (step === undefined) {
    // An absent root is null here, and as absent as any other.
    if (value !== undefined && !(at === 1 && value === null)) found.push(value)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) {
    if (Object.hasOwn(value, step)) {
      collect((value as Record<string, unknown>)[step], path, at + 1, arrays, found)
    }
  } else if (/^\d+$/.test(step)) {
    if (Object.hasOwn(value, step)) collect(value[Number(step)], path, at + 1, arrays, found)
  } else if (arrays < MAX_ARRAYS) {
    for (const element of value) collect(element, path, at, arrays + 1, found)
  }
}

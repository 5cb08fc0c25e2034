// What a payload must say to be found: a few comparisons of single values, all of which must hold.

export type Scalar = string | number | boolean | null
export type PayloadCondition = {
  /** Member names, or positions in arrays, from the outside in. */
  path: string[]
} & ({ op: 'eq' | 'contains'; value: Scalar } | { op: 'exists'; value: boolean })

/** Whether the payload says all of it. One that is not JSON says nothing. */
export function saysAll(payload: Buffer | null, conditions: PayloadCondition[]): boolean {
  if (payload === null) return false
  let json: unknown
  try {
    json = JSON.parse(payload.toString('utf8'))
  } catch {
    return false
  }
  return conditions.every((condition) => holds(at(json, condition.path), condition))
}

/** `eq` compares numbers as doubles; `contains` is for text in text, or a value in an array. */
function holds(found: unknown, { op, value }: PayloadCondition): boolean {
  if (op === 'exists') return (found !== undefined) === value
  if (op === 'eq') return found === value
  if (Array.isArray(found)) return found.includes(value)
  return typeof found === 'string' && typeof value === 'string' && found.includes(value)
}

/** Undefined when nothing is there: JSON has no such value. Only what the JSON itself says counts. */
function at(json: unknown, path: string[]): unknown {
  let value = json
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    // `length` is an array's own, but no member of it.
    if (Array.isArray(value) && !/^\d+$/.test(step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

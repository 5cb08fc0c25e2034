export type FieldType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'array'
  | 'object'
  | 'null'
  | 'any'

/** What is known of a field by the JSON text of its path. */
export type Found = Map<string, Field>
export type Field = {
  path: string[]
  types: Set<FieldType>
  declared: boolean
  title?: string
  format?: string
  sample?: unknown
}

const MAX_FIELDS = 500

/** The field, made if it is new; undefined when there are too many. */
export function fieldAt(found: Found, path: string[]): Field | undefined {
  const name = JSON.stringify(path)
  const known = found.get(name)
  if (known !== undefined || found.size >= MAX_FIELDS) return known
  const made = { path, types: new Set<FieldType>(), declared: false }
  found.set(name, made)
  return made
}

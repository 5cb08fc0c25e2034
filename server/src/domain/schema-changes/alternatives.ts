// `anyOf` and `oneOf`: which forms came and went, and which are to be compared with which.
import { isObject, isSame, type Json, type SchemaChange } from './schema-change.ts'
import { typesOf } from './values.ts'

type Found = Omit<SchemaChange, 'path'>
export type Alternatives = {
  changes: Found[]
  pairs: [before: unknown, after: unknown][]
  /** What else the two schemas say must be compared too. */
  goOn: boolean
}
type Flatten = (schema: Json) => Json

/** A schema that says nothing else is one of its forms. */
const NOTES = ['title', 'description', 'examples', 'default', 'deprecated', 'definitions', '$defs']
const LISTS = ['anyOf', 'oneOf']

export function compareAlternatives(
  { before, after }: { before: Json; after: Json },
  flatten: { before: Flatten; after: Flatten },
): Alternatives {
  const [a, b] = [listOf(before), listOf(after)]
  if (a === null && b === null) return { changes: [], pairs: [], goOn: true }
  if (a !== null && b !== null) return { ...pairUp(a, b, flatten), goOn: true }
  const [list, bare] = a === null ? [after, before] : [before, after]
  if (Object.keys(list).every((name) => NOTES.includes(name) || LISTS.includes(name))) {
    const forms = formsOf(bare)
    return { ...(a === null ? pairUp(forms, b!, flatten) : pairUp(a, forms, flatten)), goOn: false }
  }
  const breaks: Found['breaks'] = a === null ? ['senders'] : ['receivers']
  const message =
    a === null ? 'must be of one of some forms' : 'need not be of one of the forms any more'
  return { changes: [{ kind: 'alternative', message, breaks }], pairs: [], goOn: true }
}

const listOf = (schema: Json): unknown[] | null => {
  const name = LISTS.find((list) => Array.isArray(schema[list]))
  return name === undefined ? null : (schema[name] as unknown[])
}

/** `["string", "null"]` is the same as one form for each. */
const formsOf = (schema: Json): unknown[] =>
  Array.isArray(schema['type']) ? schema['type'].map((type) => ({ ...schema, type })) : [schema]

/** First those that read the same, then in their order those of the same types. */
function pairUp(before: unknown[], after: unknown[], flatten: { before: Flatten; after: Flatten }) {
  const pairs: Alternatives['pairs'] = []
  const left = [...after]
  const take = (one: unknown, fits: (other: unknown) => boolean) => {
    const at = left.findIndex(fits)
    if (at < 0) return false
    pairs.push([one, left.splice(at, 1)[0]])
    return true
  }
  const kindsOf = (schema: unknown, flat: Flatten) =>
    isObject(schema) ? typesOf(flat(schema)) : schema
  const different = before.filter((one) => !take(one, (other) => isSame(one, other)))
  const gone = different.filter((one) => {
    const kinds = kindsOf(one, flatten.before)
    return !take(one, (other) => isSame(kinds, kindsOf(other, flatten.after)))
  })
  const named = (forms: unknown[], flat: Flatten) =>
    forms.map((form) => nameOf(isObject(form) ? flat(form) : {})).join(', ')
  const changes: Found[] = []
  if (gone.length > 0) {
    const message = `no longer in this form: ${named(gone, flatten.before)}`
    changes.push({ kind: 'alternative', message, breaks: ['senders'] })
  }
  if (left.length > 0) {
    const message = `may have another form: ${named(left, flatten.after)}`
    changes.push({ kind: 'alternative', message, breaks: ['receivers'] })
  }
  return { changes, pairs }
}

function nameOf(form: Json): string {
  const { title, type } = form
  if (typeof title === 'string') return title
  return type === undefined ? 'something else' : [type].flat().join(' or ')
}

// The form of a template that an operator writes: whether it is one, and whether it may take the place of
// another that customers have filled in.
import type { Field } from './template.ts'

/** The first thing that is wrong with a form, and where. */
export function problemOfForm(
  fields: readonly Field[],
): { index: number; member: string; message: string } | null {
  const names = new Set<string>()
  for (const [index, { name, type, choices }] of fields.entries()) {
    if (names.has(name)) return { index, member: 'name', message: `${name} is given twice` }
    names.add(name)
    if (type === 'choice' && choices === undefined) {
      return { index, member: 'choices', message: 'required of a choice' }
    }
    if (type !== 'choice' && choices !== undefined) {
      return { index, member: 'choices', message: `only a choice has them, not a ${type}` }
    }
    if (new Set(choices).size !== (choices?.length ?? 0)) {
      return { index, member: 'choices', message: 'expected each of them once' }
    }
  }
  return null
}

/**
 * Why what was filled in for `before` might not do for `after`; null when it does whatever it is. A field
 * that went, or is no secret any more, would leave values behind that nobody knows to be secret.
 */
export function breakOf(before: readonly Field[], after: readonly Field[]): string | null {
  for (const old of before) {
    const field = after.find(({ name }) => name === old.name)
    if (field === undefined) return `${old.name} is missing`
    if (field.type !== old.type) return `${old.name} was a ${old.type} and is a ${field.type}`
    if (field.required && !old.required) return `${old.name} was not required`
    const gone = old.choices?.filter((choice) => !field.choices!.includes(choice)) ?? []
    if (gone.length > 0) return `${old.name} lost the choice ${gone[0]}`
  }
  const added = after.find(
    ({ name, required }) => required && !before.some((old) => old.name === name),
  )
  return added === undefined ? null : `${added.name} is new and required`
}

// What changes in a catalogue, for people.
import type { CatalogChange, CatalogDifference } from '../domain/catalog.ts'
import type { Side } from '../domain/schema-changes/schema-change.ts'
import { printable } from './printable.ts'

type Options = {
  /** Only what breaks somebody. */
  onlyBreaking?: boolean
  /** Only what breaks these. */
  sides?: readonly Side[]
}

/** Lines, and how many of the changes break somebody. */
export function reportOf(
  { added, changed, archived }: CatalogDifference,
  { onlyBreaking = false, sides = ['senders', 'receivers'] }: Options = {},
) {
  const breaks = ({ breaks }: Pick<CatalogChange, 'breaks'>) =>
    breaks.filter((side) => sides.includes(side))
  const isGoneBreaking = breaks({ breaks: ['receivers'] }).length > 0
  const lines: string[] = []
  let breaking = 0
  if (!onlyBreaking) lines.push(...added.map((name) => `+ ${printable(name)}`))
  for (const { name, changes } of changed) {
    const bad = changes.filter((change) => breaks(change).length > 0)
    breaking += bad.length
    const shown = onlyBreaking ? bad : changes
    if (shown.length === 0) continue
    lines.push(`~ ${printable(name)}`, ...shown.map((change) => lineOf(change, breaks(change))))
  }
  for (const name of archived) {
    if (isGoneBreaking) breaking++
    if (onlyBreaking && !isGoneBreaking) continue
    const note = isGoneBreaking ? ': nobody can ask for it any more (breaks receivers)' : ''
    lines.push(`- ${printable(name)}${note}`)
  }
  return { lines, breaking }
}

export function summaryOf({ added, changed, unchanged, archived }: CatalogDifference): string {
  const counts = [
    [added.length, 'added'],
    [changed.length, 'changed'],
    [archived.length, 'archived'],
    [unchanged.length, 'unchanged'],
  ] as const
  return counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ')
}

export const countOf = (breaking: number) =>
  breaking === 1 ? '1 breaking change' : `${breaking} breaking changes`

function lineOf({ field, version, path, message }: CatalogChange, breaks: Side[]): string {
  const mark = breaks.length > 0 ? '!' : ' '
  const where = field === 'schemas' ? placeOf(version, path) : field
  const whom = breaks.length > 0 ? ` (breaks ${breaks.join(' and ')})` : ''
  return printable(`  ${mark} ${where}: ${message}${whom}`)
}

/** `customer.lines[].id`; another version than the first is named. */
function placeOf(version: string | null, path: string[]): string {
  const place = path.join('.').replaceAll('.[', '[')
  const named = place === '' ? 'the payload' : place
  return version === '1' || version === null ? named : `version ${version}, ${named}`
}

// A page for people: each event type with its fields and an example.
import { createFlattener } from '../../domain/schema-changes/flatten.ts'
import { isObject, type Json } from '../document.ts'
import { type Exported, versionsOf } from './exported.ts'

const MAX_DEPTH = 8
const NO_GROUP = 'Others'

type Row = { name: string; type: string; required: boolean; about: string }

export function toMarkdown(entries: Exported[]): string {
  const groups = Map.groupBy(entries, ({ groupName }) => groupName ?? '')
  // Those without a group stand at the end, under a heading only when there are others.
  const names = [...groups.keys()].sort(
    (a, b) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1),
  )
  const parts = names.flatMap((group) => {
    const heading = names.length === 1 && group === '' ? [] : [`## ${inLine(group || NO_GROUP)}`]
    return [...heading, ...groups.get(group)!.map(toSection)]
  })
  const index = entries.map(({ name, description, deprecated }) =>
    row([
      `[${name}](#${anchorOf(name)})${deprecated ? ' (deprecated)' : ''}`,
      firstLine(description),
    ]),
  )
  const table =
    index.length === 0
      ? ['There are none.']
      : [[row(['Event', 'When']), row(['---', '---']), ...index].join('\n')]
  return `${['# Webhook events', ...table, ...parts].join('\n\n')}\n`
}

function toSection(entry: Exported): string {
  const { newest } = versionsOf(entry)
  const rows = newest === null ? [] : rowsOf(newest.schema)
  const table = [row(['Field', 'Type', '', 'About']), row(['---', '---', '---', '---'])]
  const written = rows.map(({ name, type, required, about }) =>
    row([code(name), type, required ? 'required' : '', about]),
  )
  const example = [newest?.schema['examples']].flat()[0]
  return [
    `### ${entry.name}`,
    ...(entry.deprecated ? ['**Deprecated.**'] : []),
    ...(entry.description.trim() === '' ? [] : [escaped(entry.description.trim())]),
    ...(rows.length > 0 ? [[...table, ...written].join('\n')] : []),
    ...(newest === null ? ['Its payload is not described.'] : []),
    ...(example === undefined ? [] : ['An example:', fenced(JSON.stringify(example, null, 2))]),
  ].join('\n\n')
}

function rowsOf(root: Json): Row[] {
  const flatten = createFlattener(root)
  const rows: Row[] = []
  function add(schema: unknown, path: string, above: Json[]): void {
    if (!isObject(schema)) return
    const flat = flatten(schema)
    // What contains itself is described where it first stands.
    if (above.includes(flat) || above.length > MAX_DEPTH) return
    const inside = [...above, flat]
    const { properties, items } = flat
    const required = Array.isArray(flat['required']) ? flat['required'] : []
    for (const [name, member] of Object.entries(isObject(properties) ? properties : {})) {
      const at = path === '' ? name : `${path}.${name}`
      const one = isObject(member) ? flatten(member) : {}
      rows.push({
        name: at,
        type: typeOf(one),
        required: required.includes(name),
        about: aboutOf(one),
      })
      add(member, at, inside)
    }
    if (isObject(items)) add(items, `${path}[]`, inside)
  }
  add(root, '', [])
  return rows
}

function typeOf(schema: Json): string {
  const { type, format, const: only, enum: values } = schema
  if (only !== undefined) return code(JSON.stringify(only))
  if (Array.isArray(values)) return values.map((value) => code(JSON.stringify(value))).join(', ')
  const types = [type ?? []].flat().join(' or ')
  return escaped(typeof format === 'string' ? `${types} (${format})` : types)
}

const aboutOf = ({ description, title, deprecated }: Json) =>
  [
    deprecated === true ? 'Deprecated.' : '',
    [description, title].find((text) => typeof text === 'string') ?? '',
  ]
    .filter((text) => text !== '')
    .map((text) => inLine(String(text)))
    .join(' ')

/** As GitHub and others make them from headings. */
const anchorOf = (name: string) => name.toLowerCase().replace(/[^\w-]/g, '')

const row = (cells: string[]) => `| ${cells.join(' | ')} |`
const firstLine = (text: string) => inLine(text.trim().split('\n')[0]!)
const inLine = (text: string) => escaped(text.replace(/\s+/g, ' ').trim()).replaceAll('|', '\\|')
/** Descriptions may be Markdown, but bring no HTML. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  const padded = longest > 0 ? ` ${text} ` : text
  return `${fence}${padded.replace(/\s/g, ' ').replaceAll('|', '\\|')}${fence}`
}

function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}json\n${text}\n${fence}`
}

// A catalogue in a repository: one file, or a folder of JSON Schemas. What its `$ref`s name in files
// beside it is put into the document, so that the server is handed one that stands alone.
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { DocumentError, type Json, parseDocument } from '../schemas/document.ts'
import { encodeStep, mapPointers, pointersOf } from '../schemas/references.ts'
import { CommandError } from './failures.ts'

const OWN_FILES = ['catalog.yaml', 'catalog.yml', 'catalog.json']
const READABLE = /(\.schema)?\.(json|ya?ml)$/

/** As JSON text. Throws CommandError for what cannot be read. */
export function readCatalogDocument(path: string): string {
  if (!isFolder(path)) return standAlone(readFile(path), path)
  const own = OWN_FILES.map((name) => join(path, name)).find((file) => exists(file))
  if (own !== undefined) return standAlone(readFile(own), own)
  return standAlone(ofSchemas(path), join(path, OWN_FILES[0]!))
}

/** Each file of the folder is the schema of the event type that it is called after. */
function ofSchemas(folder: string): Json {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && READABLE.test(entry.name) && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
  if (files.length === 0) {
    throw new CommandError(
      `${folder} has neither ${OWN_FILES[0]} nor JSON Schemas such as order.paid.json`,
      2,
    )
  }
  const named = Map.groupBy(files, (file) => file.replace(READABLE, ''))
  for (const [name, [one, other]] of named) {
    if (other !== undefined) throw new CommandError(`Both ${one} and ${other} would be ${name}`, 2)
  }
  const entries = [...named].map(([name, [file]]) => [name, { schema: { $ref: `./${file}` } }])
  return { eventTypes: Object.fromEntries(entries) }
}

function standAlone(document: Json, path: string): string {
  const root = resolve(path)
  const folder = realpathSync(dirname(root))
  const names = new Map<string, string>()
  const files: Json = {}

  function embedded(file: string, from: string, ref: string): string {
    const known = names.get(file)
    if (known !== undefined) return known
    const real = realpathOf(file, from, ref)
    if (!`${real}${sep}`.startsWith(`${folder}${sep}`)) {
      throw new CommandError(
        `${shown(from)}: $ref ${JSON.stringify(ref)} leads out of ${folder}`,
        2,
      )
    }
    const base = basename(file).replace(READABLE, '')
    const taken = new Set(names.values())
    let name = base
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`
    names.set(file, name)
    files[name] = null
    files[name] = linked(withoutId(readFile(file)), file)
    return name
  }

  function linked(part: Json, from: string): unknown {
    return mapPointers(part, (ref) => {
      const place = from === root ? '#' : `#/x-files/${encodeStep(names.get(from)!)}`
      if (ref.startsWith('#')) return /^#(\/|$)/.test(ref) ? `${place}${ref.slice(1)}` : ref
      // Addresses are left to the server, which says that it fetches nothing.
      if (/^[a-z][a-z0-9+.-]+:/i.test(ref)) return ref
      const [file = '', fragment = ''] = ref.split('#', 2)
      const target = resolve(dirname(from), decodeURI(file))
      if (target === root) return `#${fragment}`
      return `#/x-files/${encodeStep(embedded(target, from, ref))}${fragment}`
    })
  }

  try {
    const whole = linked(document, root) as Json
    return JSON.stringify(names.size === 0 ? whole : { ...whole, 'x-files': files })
  } catch (error) {
    if (error instanceof DocumentError) throw problemIn(path, error)
    throw error
  }
}

/** Its address is where it lies now; with another one its relative pointers would lead elsewhere. */
function withoutId(schema: Json): Json {
  const { $id, ...rest } = schema
  return pointersOf(rest).some((pointer) => !pointer.startsWith('#')) ? rest : schema
}

function readFile(path: string): Json {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`, 2)
  }
  try {
    return parseDocument(text, { isYaml: !path.endsWith('.json') })
  } catch (error) {
    if (error instanceof DocumentError) throw problemIn(path, error)
    throw error
  }
}

/** What is wrong with a catalogue, in words. */
export function problemIn(
  path: string,
  { path: steps, message }: { path: string[]; message: string },
) {
  const place = steps.length === 0 ? '' : ` ${steps.join('.')}:`
  return new CommandError(`${path}:${place} ${message}`)
}

function realpathOf(file: string, from: string, ref: string): string {
  try {
    return realpathSync(file)
  } catch {
    const problem = `$ref ${JSON.stringify(ref)}: there is no file ${shown(file)}`
    throw new CommandError(`${shown(from)}: ${problem}`, 2)
  }
}

const shown = (file: string) => relative(process.cwd(), file) || file

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`, 2)
  }
}

const exists = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

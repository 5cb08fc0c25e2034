// The document of an import: given in one of three ways, and what is wrong in it said with its place.
import { z } from 'zod'
import { AppError, invalid } from '../domain/errors.ts'
import { memberBytes } from '../domain/json-bytes.ts'
import type { ReadEventType } from '../schemas/read-event-type.ts'
import type { ApiDeps } from './deps.ts'
import { assertFields } from './event-type-import.ts'
import { wireShapes } from './shapes.ts'

export const CatalogIn = z
  .object({
    /** A catalogue, an OpenAPI or an AsyncAPI document. */
    spec: z.record(z.string(), z.unknown()).nullish(),
    /** The same as text, YAML or JSON. */
    specRaw: z.string().nullish(),
    /** By the name of the event type. */
    jsonSchemas: z.record(z.string(), z.record(z.string(), z.unknown())).nullish(),
    dryRun: z.boolean().nullish(),
    /** Those that are not in the document are archived. */
    archiveOthers: z.boolean().nullish(),
  })
  .register(wireShapes, { id: 'CatalogIn' })

type Given = { bytes: Buffer; deps: Pick<ApiDeps, 'schemas'> }
const GIVEN = ['spec', 'specRaw', 'jsonSchemas'] as const

/** Throws 400 without exactly one document, and 422 that names the place in it which cannot be used. */
export async function readDocument(body: z.output<typeof CatalogIn>, { bytes, deps }: Given) {
  const [field, ...others] = GIVEN.filter((name) => (body[name] ?? null) !== null)
  if (field === undefined || others.length > 0) {
    throw new AppError(
      'generic_error',
      'Send one of `spec` (a document as JSON), `specRaw` (as text) and `jsonSchemas`',
    )
  }
  const read = await deps.schemas.readCatalog(textOf(field, body, bytes), {
    isYaml: field === 'specRaw',
  })
  if (!('eventTypes' in read)) {
    const loc = ['body', field, ...placeIn(field, read.path)]
    throw invalid(loc, read.message, 'value_error.jsondecode')
  }
  for (const eventType of read.eventTypes) {
    assertFields(withPlace(eventType, placeIn(field, eventType.path)), field)
  }
  if (field !== 'jsonSchemas') return read
  return { ...read, format: 'json-schemas' as const }
}

/** JSON Schemas by name are a catalogue that says nothing else. */
function textOf(field: (typeof GIVEN)[number], body: z.output<typeof CatalogIn>, bytes: Buffer) {
  if (field === 'specRaw') return body.specRaw!
  const text = memberBytes(bytes, field)!
  if (field === 'spec') return text.toString('utf8')
  const entries = Object.keys(JSON.parse(text.toString('utf8')) as object).map((name) => {
    const schema = memberBytes(text, name)!.toString('utf8')
    return `${JSON.stringify(name)}:{"schema":${schema}}`
  })
  return `{"eventTypes":{${entries.join(',')}}}`
}

/** `eventTypes.NAME.schema` is ours, of which the caller knows the name. */
function placeIn(field: (typeof GIVEN)[number], path: string[]): string[] {
  if (field !== 'jsonSchemas') return path
  const [, name, , ...rest] = path
  return name === undefined ? [] : [name, ...rest]
}

const withPlace = (eventType: ReadEventType, path: string[]) => ({ ...eventType, path })

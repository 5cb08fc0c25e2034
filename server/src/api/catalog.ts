// The event types of an environment as a document, and from one: OpenAPI, AsyncAPI, a catalogue file or
// JSON Schemas by name. What an import changes is told, and whom it breaks.
import { z } from 'zod'
import {
  breaksAnything,
  CATALOG_FIELDS,
  type CatalogDifference,
  type CatalogEntry,
} from '../domain/catalog.ts'
import { AppError, invalid } from '../domain/errors.ts'
import type { EventType } from '../domain/event-type.ts'
import { memberBytes } from '../domain/json-bytes.ts'
import { CHANGE_KINDS, SIDES } from '../domain/schema-changes/schema-change.ts'
import { EXPORT_FORMATS } from '../schemas/export/export-catalog.ts'
import { DOCUMENT_FORMATS } from '../schemas/read-catalog.ts'
import type { ReadEventType } from '../schemas/read-event-type.ts'
import type { Done } from '../schemas/threads.ts'
import { holdSettings } from '../store/environment-settings.ts'
import { holdEventTypes, listEveryEventType } from '../store/event-types.ts'
import { Answer } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { assertFields } from './event-type-import.ts'
import { archiveOthers, changeMany, changesOf, wantedFrom } from './event-type-writes.ts'
import { answerOnce } from './idempotency.ts'
import { choice } from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'
import { inWrite } from './write.ts'

/** Beyond this many a document is no longer something to read; none can be imported either. */
const MAX_EVENT_TYPES = 1_000

const CatalogIn = z
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

const CatalogDifferenceOut = z
  .object({
    format: z.enum([...DOCUMENT_FORMATS, 'json-schemas']),
    dryRun: z.boolean(),
    added: z.array(z.string()),
    changed: z.array(
      z.object({
        name: z.string(),
        changes: z.array(
          z.object({
            field: z.enum(CATALOG_FIELDS),
            /** Of the schema; null for other fields. */
            version: z.string().nullable(),
            path: z.array(z.string()),
            kind: z.enum(CHANGE_KINDS),
            message: z.string(),
            breaks: z.array(z.enum(SIDES)),
          }),
        ),
      }),
    ),
    unchanged: z.array(z.string()),
    archived: z.array(z.string()),
    /** Whether receivers or senders must do something before. */
    breaking: z.boolean(),
  })
  .register(wireShapes, { id: 'CatalogDifferenceOut' })

const CatalogOut = z
  .object({ format: z.enum(EXPORT_FORMATS), eventTypes: z.number(), content: z.string() })
  .register(wireShapes, { id: 'CatalogOut' })

export const catalogRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/event-type/import/catalog',
    access: 'environment',
    operationId: 'bellwire.event-type.import-catalog',
    summary: 'Create and change event types from a document, all or none, and tell what changes',
    body: CatalogIn,
    // The document is read and compared before the transaction begins, which must not wait for that.
    transaction: false,
    // A row for each event type that is new, different or archived.
    records: 'event-type',
    status: 200,
    output: CatalogDifferenceOut,
    async handle({ caller: { environmentId }, body, bytes, idempotency }, deps) {
      const { format, eventTypes } = await readDocument(body, { bytes, deps })
      const options = { archiveOthers: body.archiveOthers === true }
      const seen = await listEveryEventType(deps.store.db, environmentId)
      const byName = new Map(seen.map((eventType) => [eventType.name, eventType]))
      const wanted = eventTypes.map((read) => wantedFrom(read, byName.get(read.name)))
      const entries = [seen, wanted].map((list) => list.map(toEntry))
      const difference = resultOf(
        await deps.schemas.catalogDifference(entries[0]!, entries[1]!, options),
      )
      const dryRun = body.dryRun === true
      const out = { format, dryRun, ...difference, breaking: breaksAnything(difference) }
      if (dryRun) return new Answer(200, out)
      return inWrite(deps, (tx) =>
        answerOnce(idempotency, tx, async () => {
          const { db } = tx.store
          const written = { ...tx, record: deps.record }
          await holdSettings(db, environmentId)
          const names = wanted.map(({ name }) => name)
          const existing = await holdEventTypes(db, environmentId, names)
          assertUnchanged(names, { seen: byName, existing })
          await changeMany(written, environmentId, {
            changes: changesOf(wanted, existing),
            existing,
          })
          if (options.archiveOthers) {
            const archived = await archiveOthers(written, environmentId, { names, dryRun: false })
            assertSameNames(archived, difference)
          }
          return new Answer(200, out)
        }),
      )
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/event-type/export/catalog',
    access: 'environment',
    operationId: 'bellwire.event-type.export-catalog',
    summary: 'The event types as OpenAPI, AsyncAPI, TypeScript, Markdown or a catalogue file',
    query: z.object({ format: choice(EXPORT_FORMATS) }),
    status: 200,
    output: CatalogOut,
    async handle({ caller, query }, { store, schemas }) {
      const { format = 'catalog' } = query
      const all = await listEveryEventType(store.db, caller.environmentId)
      const live = all.filter(({ archived }) => !archived)
      if (live.length > MAX_EVENT_TYPES) {
        throw new AppError(
          'limit_reached',
          `A document holds at most ${MAX_EVENT_TYPES} event types, there are ${live.length}`,
        )
      }
      const content = resultOf(await schemas.exportCatalog(format, live.map(toEntry)))
      return { format, eventTypes: live.length, content }
    },
  }),
]

type Given = { bytes: Buffer; deps: Pick<ApiDeps, 'schemas'> }
const GIVEN = ['spec', 'specRaw', 'jsonSchemas'] as const

/** Throws 400 without exactly one document, and 422 that names the place in it which cannot be used. */
async function readDocument(body: z.output<typeof CatalogIn>, { bytes, deps }: Given) {
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

const toEntry = (fields: CatalogEntry): CatalogEntry => ({
  name: fields.name,
  description: fields.description,
  archived: fields.archived,
  deprecated: fields.deprecated,
  schemas: fields.schemas,
  featureFlags: fields.featureFlags,
  groupName: fields.groupName,
})

function resultOf<Result>(done: Done<Result>): Result {
  if ('result' in done) return done.result
  throw new AppError('generic_error', `The event types could not be looked through: ${done.failed}`)
}

type Seen = { seen: Map<string, EventType>; existing: Map<string, EventType> }

/** What is answered must be what is done. Throws conflict. */
function assertUnchanged(names: string[], { seen, existing }: Seen) {
  const changed = names.find(
    (name) => seen.get(name)?.updatedAt.getTime() !== existing.get(name)?.updatedAt.getTime(),
  )
  if (changed !== undefined) throw conflict(changed)
}

function assertSameNames(archived: string[], difference: CatalogDifference) {
  const told = new Set(difference.archived)
  const other = archived.find((name) => !told.has(name))
  if (other !== undefined) throw conflict(other)
}

const conflict = (name: string) =>
  new AppError('conflict', `${name} was changed at the same time: send the document again`)

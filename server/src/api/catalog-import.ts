// Event types from a document: OpenAPI, AsyncAPI, a catalogue file or JSON Schemas by name. What an
// import changes is told, and whom it breaks.
import { z } from 'zod'
import { breaksAnything, CATALOG_FIELDS, type CatalogDifference } from '../domain/catalog.ts'
import { AppError } from '../domain/errors.ts'
import type { EventType } from '../domain/event-type.ts'
import { CHANGE_KINDS, SIDES } from '../domain/schema-changes/schema-change.ts'
import { DOCUMENT_FORMATS } from '../schemas/read-catalog.ts'
import { holdSettings } from '../store/environment-settings.ts'
import { holdEventTypes, listEveryEventType } from '../store/event-types.ts'
import { Answer } from './answer.ts'
import { CatalogIn, readDocument } from './catalog-document.ts'
import { resultOf, toEntry } from './catalog-entries.ts'
import { archiveOthers, changeMany, changesOf, wantedFrom } from './event-type-writes.ts'
import { answerOnce } from './idempotency.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'
import { inWrite } from './write.ts'

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

export const importCatalog = route({
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
})

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

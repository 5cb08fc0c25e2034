// The event types of an environment as a document.
import { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { EXPORT_FORMATS } from '../schemas/export/export-catalog.ts'
import { listEveryEventType } from '../store/event-types.ts'
import { resultOf, toEntry } from './catalog-entries.ts'
import { choice } from './lists.ts'
import { route } from './route.ts'
import { wireShapes } from './shapes.ts'

/** Beyond this many a document is no longer something to read; none can be imported either. */
const MAX_EVENT_TYPES = 1_000

const CatalogOut = z
  .object({ format: z.enum(EXPORT_FORMATS), eventTypes: z.number(), content: z.string() })
  .register(wireShapes, { id: 'CatalogOut' })

export const exportCatalog = route({
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
})

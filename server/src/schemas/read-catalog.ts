// Any document that event types can be read from, told apart by what it says it is.
import { eventTypesOfAsyncApi } from './asyncapi.ts'
import { eventTypesOfCatalog } from './catalog-file.ts'
import { DocumentError, type Json, parseDocument } from './document.ts'
import { eventTypesOfOpenApi } from './openapi.ts'
import type { ReadEventType } from './read-event-type.ts'
import type { SchemaProblem } from './validity.ts'

export const DOCUMENT_FORMATS = ['catalog', 'openapi', 'asyncapi'] as const
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number]
export type ReadCatalog = { format: DocumentFormat; eventTypes: ReadEventType[] } | SchemaProblem

/** Places in problems are those of the document. */
export function readCatalog(text: string, options: { isYaml: boolean }): ReadCatalog {
  try {
    return eventTypesOf(parseDocument(text, options))
  } catch (error) {
    if (error instanceof DocumentError) return { path: error.path, message: error.message }
    throw error
  }
}

/** Throws DocumentError. */
function eventTypesOf(document: Json) {
  const format = formatOf(document)
  switch (format) {
    case 'catalog':
      return { format, eventTypes: eventTypesOfCatalog(document) }
    case 'openapi':
      return { format, eventTypes: eventTypesOfOpenApi(document) }
    case 'asyncapi':
      return { format, eventTypes: eventTypesOfAsyncApi(document) }
    default:
      return format satisfies never
  }
}

function formatOf(document: Json): DocumentFormat {
  if ('asyncapi' in document) return 'asyncapi'
  if ('openapi' in document || 'webhooks' in document || 'x-webhooks' in document) return 'openapi'
  if ('eventTypes' in document) return 'catalog'
  throw new DocumentError(
    [],
    'expected a document with `eventTypes` (a catalogue), `openapi` with `webhooks`, or `asyncapi`',
  )
}

import { toAsyncApiDocument } from './asyncapi.ts'
import { toCatalogFile } from './catalog.ts'
import type { Exported } from './exported.ts'
import { toMarkdown } from './markdown.ts'
import { toOpenApiDocument } from './openapi.ts'
import { toTypeScript } from './typescript.ts'

export const EXPORT_FORMATS = ['catalog', 'openapi', 'asyncapi', 'typescript', 'markdown'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** The event types as the text of a document. */
export function exportCatalog(format: ExportFormat, entries: Exported[]): string {
  switch (format) {
    case 'catalog':
      return toCatalogFile(entries)
    case 'openapi':
      return `${JSON.stringify(toOpenApiDocument(entries), null, 2)}\n`
    case 'asyncapi':
      return `${JSON.stringify(toAsyncApiDocument(entries), null, 2)}\n`
    case 'typescript':
      return toTypeScript(entries)
    case 'markdown':
      return toMarkdown(entries)
    default:
      return format satisfies never
  }
}

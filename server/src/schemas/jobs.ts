// What the threads can be asked, and what they answer: only text travels.
import { type CatalogDifference, type CatalogEntry, catalogDifference } from '../domain/catalog.ts'
import { type ExportFormat, exportCatalog } from './export/export-catalog.ts'
import { listFields } from './fields.ts'
import { type ReadOpenApi, readOpenApi } from './openapi.ts'
import { type PayloadProblem, problemOfPayload } from './payload.ts'
import { type ReadCatalog, readCatalog } from './read-catalog.ts'
import { problemOfSchemas, type SchemaProblem } from './validity.ts'

export type Job =
  | { kind: 'payload'; schema: string; payload: string }
  /** Of several maps of schemas the first that is not valid. */
  | { kind: 'schemas'; maps: string[] }
  | { kind: 'openapi'; text: string; isYaml: boolean }
  | { kind: 'catalog'; text: string; isYaml: boolean }
  | { kind: 'difference'; before: CatalogEntry[]; after: CatalogEntry[]; archiveOthers: boolean }
  | { kind: 'export'; format: ExportFormat; entries: CatalogEntry[] }
  | { kind: 'fields'; schema: string | null; payloads: string[] }

export type JobResults = {
  payload: PayloadProblem | null
  schemas: (SchemaProblem & { index: number }) | null
  openapi: ReadOpenApi
  catalog: ReadCatalog
  difference: CatalogDifference
  export: string
  /** As JSON text. */
  fields: string
}

export function doJob(job: Job): JobResults[Job['kind']] {
  switch (job.kind) {
    case 'payload':
      return problemOfPayload(job.schema, job.payload)
    case 'schemas':
      return firstProblem(job.maps)
    case 'openapi':
      return readOpenApi(job.text, job)
    case 'catalog':
      return readCatalog(job.text, job)
    case 'difference':
      return catalogDifference(job.before, job.after, job)
    case 'export':
      return exportCatalog(job.format, job.entries)
    case 'fields':
      return listFields(job.schema, job.payloads)
    default:
      return job satisfies never
  }
}

function firstProblem(maps: string[]): JobResults['schemas'] {
  for (const [index, map] of maps.entries()) {
    const problem = problemOfSchemas(map)
    if (problem !== null) return { ...problem, index }
  }
  return null
}

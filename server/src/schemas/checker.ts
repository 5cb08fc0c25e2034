// JSON Schemas of customers, checked and used where they cannot hold anybody up. Knows no event type and
// no policy; whoever asks says what follows.

import type { CatalogDifference, CatalogEntry } from '../domain/catalog.ts'
import type { ExportFormat } from './export/export-catalog.ts'
import type { ReadOpenApi } from './openapi.ts'
import type { PayloadProblem } from './payload.ts'
import type { ReadCatalog } from './read-catalog.ts'
import { createThreads, type Done } from './threads.ts'
import type { SchemaProblem } from './validity.ts'

/** Of one payload, when it is its turn. */
const PAYLOAD_MS = 250
/** Of all schemas of a request: some milliseconds each. */
const SCHEMAS_MS = 10_000
/** Of a schema and a hundred payloads: milliseconds. */
const FIELDS_MS = 3_000

export type SchemaChecker = {
  /** The first problem of the payload; that it could not be checked is one too. */
  problemOfPayload(schema: string, payload: string): Promise<PayloadProblem | null>
  /** The first problem in these maps of version to schema, each as JSON text. */
  problemOfSchemas(maps: string[]): Promise<(SchemaProblem & { index: number }) | null>
  /** The event types of an OpenAPI document. */
  readOpenApi(text: string, options: { isYaml: boolean }): Promise<ReadOpenApi>
  /** The event types of a catalogue, an OpenAPI or an AsyncAPI document. */
  readCatalog(text: string, options: { isYaml: boolean }): Promise<ReadCatalog>
  /** What changes between two catalogues; or why it could not be told. */
  catalogDifference(
    before: CatalogEntry[],
    after: CatalogEntry[],
    options: { archiveOthers: boolean },
  ): Promise<Done<CatalogDifference>>
  /** The event types as the text of a document; or why there is none. */
  exportCatalog(format: ExportFormat, entries: CatalogEntry[]): Promise<Done<string>>
  /** The fields of a schema and of payloads, as JSON text; or why they could not be told. */
  listFields(schema: string | null, payloads: string[]): Promise<Done<string>>
  stop(): Promise<void>
}

export function createSchemaChecker(): SchemaChecker {
  // Imports are long and rare, payloads short and many: neither waits for the other.
  const payloads = createThreads({ size: 2 })
  const imports = createThreads({ size: 1 })
  return {
    async problemOfPayload(schema, payload) {
      const done = await payloads.run({ kind: 'payload', schema, payload }, { limitMs: PAYLOAD_MS })
      if ('result' in done) return done.result
      return { path: [], message: `could not be checked against the schema: ${done.failed}` }
    },
    async problemOfSchemas(maps) {
      const done = await imports.run({ kind: 'schemas', maps }, { limitMs: SCHEMAS_MS })
      return resultOr(done, (message) => ({ index: 0, path: [], message }))
    },
    async readOpenApi(text, { isYaml }) {
      const done = await imports.run({ kind: 'openapi', text, isYaml }, { limitMs: SCHEMAS_MS })
      return resultOr(done, (message) => ({ path: [], message }))
    },
    async readCatalog(text, { isYaml }) {
      const done = await imports.run({ kind: 'catalog', text, isYaml }, { limitMs: SCHEMAS_MS })
      return resultOr(done, (message) => ({ path: [], message }))
    },
    catalogDifference: (before, after, { archiveOthers }) =>
      imports.run({ kind: 'difference', before, after, archiveOthers }, { limitMs: SCHEMAS_MS }),
    exportCatalog: (format, entries) =>
      imports.run({ kind: 'export', format, entries }, { limitMs: SCHEMAS_MS }),
    listFields: (schema, payloads) =>
      imports.run({ kind: 'fields', schema, payloads }, { limitMs: FIELDS_MS }),
    async stop() {
      await Promise.all([payloads.stop(), imports.stop()])
    },
  }
}

function resultOr<Result>(done: Done<Result>, failed: (message: string) => Result): Result {
  return 'result' in done ? done.result : failed(`could not be checked: ${done.failed}`)
}

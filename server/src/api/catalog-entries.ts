import type { CatalogEntry } from '../domain/catalog.ts'
import { AppError } from '../domain/errors.ts'
import type { Done } from '../schemas/threads.ts'

/** What a document says of an event type; nothing else goes to the thread. */
export const toEntry = (fields: CatalogEntry): CatalogEntry => ({
  name: fields.name,
  description: fields.description,
  archived: fields.archived,
  deprecated: fields.deprecated,
  schemas: fields.schemas,
  featureFlags: fields.featureFlags,
  groupName: fields.groupName,
})

export function resultOf<Result>(done: Done<Result>): Result {
  if ('result' in done) return done.result
  throw new AppError('generic_error', `The event types could not be looked through: ${done.failed}`)
}

// The application that a message or portal access brings along: made when the path's does not exist.
import type { z } from 'zod'
import { invalid, notFound } from '../domain/errors.ts'
import type { EnvironmentId } from '../domain/ids.ts'
import { findApplication } from '../store/applications.ts'
import type { Db } from '../store/connect.ts'
import { type ApplicationIn, createApplication } from './applications.ts'
import { insertOrFind } from './insert-or-find.ts'
import type { HandlerDeps, Recorder } from './record.ts'

type Given = z.output<typeof ApplicationIn>

/** Throws 422 unless its uid is what the path says. */
export function assertSameApplication(application: Given | null | undefined, reference: string) {
  if (!application) return
  const loc = ['body', 'application', 'uid']
  if (!application.uid) {
    throw invalid(loc, 'required: the uid in the path', 'application_uid_missing')
  }
  if (application.uid !== reference) {
    throw invalid(
      loc,
      `"${application.uid}" is not the application of the path`,
      'application_uid_mismatch',
    )
  }
}

/** An existing one stays as it is. */
export async function createOnTheWay(
  db: Db,
  environmentId: EnvironmentId,
  { body, record }: { body: Given; record: Recorder },
) {
  const { thing } = await insertOrFind(db, {
    insert: (tx) => createApplication(tx, environmentId, { body, record }),
    find: async (tx) => (body.uid ? findApplication(tx, environmentId, body.uid) : null),
  })
  return thing
}

/** Throws not_found, or 422 when what is brought along is another one. */
export async function getOrCreateApplication(
  { store, record }: Pick<HandlerDeps, 'store' | 'record'>,
  environmentId: EnvironmentId,
  { reference, application }: { reference: string; application: Given | null | undefined },
) {
  assertSameApplication(application, reference)
  const found = await findApplication(store.db, environmentId, reference)
  if (found !== null) return found
  if (!application) throw notFound()
  return createOnTheWay(store.db, environmentId, { body: application, record })
}

import { type Selectable, sql } from 'kysely'
import { notFound } from '../domain/errors.ts'
import {
  type ApplicationId,
  type EnvironmentId,
  newId,
  type TaskId,
  toId,
  toUuid,
} from '../domain/ids.ts'
import type { BackgroundTask, NewTask, TaskKind, TaskStatus } from '../domain/task.ts'
import type { Db } from './connect.ts'
import { beyondCursor, type Page, type PageRequest, sortDirection, toPage } from './page.ts'
import type { Tables } from './tables.ts'

/** Commits what is asked for; a runner of whatever node takes it from here. */
export async function insertTask(
  db: Db,
  environmentId: EnvironmentId,
  { kind, parameters }: NewTask,
): Promise<BackgroundTask> {
  const row = await db
    .insertInto('background_task')
    .values({
      id: toUuid(newId('task')),
      environment_id: toUuid(environmentId),
      kind,
      parameters: JSON.stringify(parameters),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toTask(row)
}

/** Throws not_found, also for a task of another environment, or not `of` this application. */
export async function getTask(
  db: Db,
  environmentId: EnvironmentId,
  id: TaskId,
  of: ApplicationId | null = null,
) {
  let query = db
    .selectFrom('background_task')
    .selectAll()
    .where('environment_id', '=', toUuid(environmentId))
    .where('id', '=', toUuid(id))
  if (of !== null) query = query.where(sql<string>`parameters ->> 'applicationId'`, '=', of)
  const row = await query.executeTakeFirst()
  if (row === undefined) throw notFound()
  return toTask(row)
}

export type TaskFilter = { kind: string | null; status: TaskStatus | null }

export async function listTasks(
  db: Db,
  environmentId: EnvironmentId,
  page: PageRequest,
  { kind, status }: TaskFilter,
): Promise<Page<BackgroundTask>> {
  let query = db
    .selectFrom('background_task')
    .selectAll()
    .where('environment_id', '=', toUuid(environmentId))
    .where(beyondCursor(page, 'id', 'uuid'))
  if (kind !== null) query = query.where('kind', '=', kind)
  if (status !== null) query = query.where('status', '=', status)
  const rows = await query
    .orderBy('id', sortDirection(page))
    .limit(page.limit + 1)
    .execute()
  return toPage(rows.map(toTask), page)
}

/** Removes what ended before `before`: like messages, tasks are kept for a time. */
export async function deleteEndedTasks(db: Db, before: Date): Promise<void> {
  await sql`
    delete from background_task where status <> 'running' and updated_at < ${before}`.execute(db)
}

export const toTask = (row: Selectable<Tables['background_task']>): BackgroundTask => ({
  id: toId('task', row.id),
  environmentId: row.environment_id,
  // Only `insertTask` writes them, and it takes no kind without its parameters.
  ...({ kind: row.kind as TaskKind, parameters: row.parameters } as NewTask),
  status: row.status as TaskStatus,
  cursor: row.cursor,
  data: row.data,
  updatedAt: row.updated_at,
})

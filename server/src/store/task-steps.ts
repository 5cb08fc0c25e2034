// Who takes the next step of a task. A lease keeps other runners away while one is at it; the lock and
// the cursor make it exact even if the lease ends too early: a step is done once, or not at all.
import { type Selectable, sql } from 'kysely'
import { type TaskId, toId, toUuid } from '../domain/ids.ts'
import type { BackgroundTask, StepResult } from '../domain/task.ts'
import type { Db } from './connect.ts'
import { insertOperationalMessages } from './operational-messages.ts'
import type { Tables } from './tables.ts'
import { toTask } from './tasks.ts'
import { inTransaction } from './transaction.ts'

export type Runner = { id: string; leaseMs: number }
export type Step = (tx: Db, task: BackgroundTask) => Promise<StepResult>

/**
 * Leases the task that has waited longest for its next step; null when none is due. One whose runner
 * died is due when its lease ends.
 */
export async function claimTask(db: Db, { id, leaseMs }: Runner): Promise<TaskId | null> {
  const { rows } = await sql<{ id: string }>`
    update background_task
       set leased_by = ${id}, due_at = now() + ${leaseMs} * interval '1 ms'
     where id = (
       select id from background_task
        where status = 'running' and due_at <= now()
        order by due_at limit 1 for update skip locked)
    returning id`.execute(db)
  return rows[0] === undefined ? null : toId('task', rows[0].id)
}

/**
 * Takes one step and moves the cursor past it, in one transaction. Null when the task is no longer in
 * this runner's hands: then nothing was done.
 */
export async function takeStep(
  db: Db,
  taskId: TaskId,
  { runner, step }: { runner: Runner; step: Step },
): Promise<StepResult | null> {
  return inTransaction(db, async (tx) => {
    // A runner that freezes in here would keep the row locked, and so the task, for as long as it sleeps.
    await sql`select set_config('idle_in_transaction_session_timeout', ${String(runner.leaseMs)}, true)`.execute(
      tx,
    )
    const row = await tx
      .selectFrom('background_task')
      .selectAll()
      .where('id', '=', toUuid(taskId))
      .where('leased_by', '=', runner.id)
      .where('status', '=', 'running')
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) return null
    const result = await step(tx, toTask(row))
    const waitMs = (result.status === 'running' && result.waitMs) || 0
    await tx
      .updateTable('background_task')
      .set({
        status: result.status,
        data: JSON.stringify(result.data),
        cursor:
          result.status !== 'running' || result.cursor === null
            ? null
            : JSON.stringify(result.cursor),
        due_at: sql<Date>`now() + ${waitMs} * interval '1 ms'`,
        leased_by: null,
        failures: 0,
        ...(waitMs === 0 && { updated_at: sql<Date>`now()` }),
      })
      .where('id', '=', toUuid(taskId))
      .execute()
    if (result.status !== 'running') await tellEnd(tx, { ...toTask(row), ...result })
    return result
  })
}

/** In the transaction that ends the task. */
async function tellEnd(tx: Db, { id, environmentId, kind, status, data }: BackgroundTask) {
  await insertOperationalMessages(tx, toId('environment', environmentId), [
    { type: 'background_task.finished', data: { taskId: id, task: kind, status, data } },
  ])
}

/** About eight minutes of trying, with a minute between the later ones. */
const MAX_FAILURES = 12

/** A step that failed by our own fault is taken again, later and later, and in the end no more. */
export async function postponeTask(db: Db, taskId: TaskId, runner: Runner): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { rows } = await sql<Selectable<Tables['background_task']>>`
    update background_task
       set leased_by = null,
           failures = failures + 1,
           due_at = now() + least(60, power(2, failures)) * interval '1 s',
           status = case when failures + 1 >= ${MAX_FAILURES} then 'failed' else status end,
           data = case when failures + 1 >= ${MAX_FAILURES}
                       then data || '{"error": "server_error"}' else data end,
           updated_at = now()
     where id = ${toUuid(taskId)} and leased_by = ${runner.id}
    returning *`.execute(tx)
    const task = rows[0] && toTask(rows[0])
    if (task !== undefined && task.status !== 'running') await tellEnd(tx, task)
  })
}

import type { BackgroundTask, StepResult } from '../../domain/task.ts'
import type { Db } from '../../store/connect.ts'
import { purge } from './purge.ts'
import { replay } from './replay.ts'
import { aggregateEventTypes, countApplications } from './usage.ts'

/** One step of a task of whatever kind, in the transaction that also moves its cursor. */
export function takeTaskStep(tx: Db, task: BackgroundTask): Promise<StepResult> {
  switch (task.kind) {
    case 'endpoint.recover':
    case 'endpoint.replay':
    case 'endpoint.bulk-replay':
      return replay(tx, task)
    case 'application.purge_content':
      return purge(tx, task)
    case 'application.stats':
      return countApplications(tx, task)
    case 'event-type.aggregate':
      return aggregateEventTypes(tx, task)
    default:
      return task satisfies never
  }
}

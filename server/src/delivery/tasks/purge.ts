import type { BackgroundTask, StepResult } from '../../domain/task.ts'
import type { Db } from '../../store/connect.ts'
import { purgePayloads } from '../../store/purge.ts'

const SIZE = 1_000

/** Erases the payloads of an application: what was accepted before the task was made. */
export async function purge(
  tx: Db,
  { parameters, cursor, data }: Extract<BackgroundTask, { kind: 'application.purge_content' }>,
): Promise<StepResult> {
  const { purged, next } = await purgePayloads(tx, parameters.applicationId, {
    after: cursor?.['after'] ?? null,
    until: new Date(parameters.until),
    size: SIZE,
  })
  const done = { messagesPurged: Number(data['messagesPurged'] ?? 0) + purged }
  return next === null
    ? { status: 'finished', data: done }
    : { status: 'running', cursor: { after: next }, data: done }
}

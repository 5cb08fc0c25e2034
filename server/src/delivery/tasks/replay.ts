import type { BackgroundTask, Replay, StepResult } from '../../domain/task.ts'
import type { Db } from '../../store/connect.ts'
import {
  countWaitingRuns,
  insertResends,
  lockForReplay,
  type PartSize,
  pickReplayPart,
} from '../../store/replays.ts'

export const PART: PartSize = { limit: 500, scanned: 2_000 }
/** Enough that no node runs dry between two looks, and few enough that new messages come soon after. */
const MAX_WAITING = 2_000
const WAIT_MS = 500

/** The next messages as manual runs, unless the endpoint has enough before it already. */
export async function replay(tx: Db, task: BackgroundTask & Replay): Promise<StepResult> {
  const { cursor, data } = task
  const { endpointId } = task.parameters
  const messagesSent = Number(data['messagesSent'] ?? 0)

  const state = await lockForReplay(tx, endpointId)
  if (state !== 'ready') return { status: 'failed', data: { messagesSent, error: state } }
  const waiting = await countWaitingRuns(tx, endpointId, MAX_WAITING)
  if (waiting + PART.limit > MAX_WAITING) {
    return { status: 'running', cursor, data, waitMs: WAIT_MS }
  }

  const after = cursor?.['after'] ?? null
  const { messages, next } = await pickReplayPart(tx, task, { after, size: PART })
  await insertResends(tx, endpointId, messages)
  const sent = { messagesSent: messagesSent + messages.length }
  return next === null
    ? { status: 'finished', data: sent }
    : { status: 'running', cursor: { after: next }, data: sent }
}

import type { RunKey } from '../domain/delivery.ts'
import { toId, toUuid } from '../domain/ids.ts'
import type { Pool } from './connect.ts'

/**
 * Gives runs back that `nodeId` will not send, due after `delayMs`, or as they were when that is null;
 * attempts are not counted.
 */
export async function releaseRuns(
  pool: Pool,
  nodeId: string,
  { runs, delayMs = 0 }: { runs: RunKey[]; delayMs?: number | null },
): Promise<void> {
  if (runs.length === 0) return
  // By a probe each, as results are recorded: thousands come back at once while a node is full of strangers.
  await pool.query(
    `update pending_delivery p
        set leased_by = null, due_at = coalesce(now() + $5 * interval '1 ms', p.due_at)
       from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as r (message_id, endpoint_id, resend)
      cross join lateral (
        select ctid as at
          from pending_delivery
         where message_id = r.message_id and endpoint_id = r.endpoint_id and resend = r.resend
           and leased_by = $4
         limit 1 for update
      ) held
      where p.ctid = held.at`,
    [
      runs.map((run) => toUuid(run.messageId)),
      runs.map((run) => toUuid(run.endpointId)),
      runs.map((run) => run.resend),
      nodeId,
      delayMs,
    ],
  )
}

/** Everything that is leased to the node: the truth to compare with what it believes to hold. */
export async function listLeasedRuns(pool: Pool, nodeId: string): Promise<RunKey[]> {
  const { rows } = await pool.query<{ message_id: string; endpoint_id: string; resend: string }>(
    'select message_id, endpoint_id, resend from pending_delivery where leased_by = $1',
    [nodeId],
  )
  return rows.map((row) => ({
    messageId: toId('message', row.message_id),
    endpointId: toId('endpoint', row.endpoint_id),
    resend: Number(row.resend),
  }))
}

import { newUuid, timeOf, toId, toUuid } from '../../domain/ids.ts'
import { type AttemptEventType, attemptEventOf, FAILING_AT } from '../../domain/operational.ts'
import type { Pool } from '../connect.ts'
import { payloadOf } from '../operational-messages.ts'
import { numbers, uuids } from './array-parameter.ts'
import type { RunResult } from './record-outcomes.ts'

// Which of these somebody listens to, and what there is to say. A probe each, as in record-outcomes.ts.
// Not of the operational application's own: a webhook about a webhook would never end.
const FIND = `
  select r.at::int - 1 as at, a.environment_id, a.id as application_id, a.uid as application_uid, m.event_id
    from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) with ordinality
         as r (message_id, endpoint_id, resend, type, at)
   cross join lateral (
     select p.id, p.uid, p.environment_id
       from endpoint e join application p on p.id = e.application_id
      where e.id = r.endpoint_id and not p.operational
      limit 1
   ) a
    left join lateral (select event_id from message where id = r.message_id limit 1) m on true
   where exists (
     select from endpoint o
      where o.application_id = a.environment_id and o.deleted_at is null and not o.disabled
        and (o.event_types is null or r.type = any (o.event_types)))
     -- A resend has recovered what was reported before: failing and still tried, or given up.
     and (r.resend = 0
          or exists (select from pending_delivery s
                      where s.endpoint_id = r.endpoint_id and s.message_id = r.message_id
                        and s.resend = 0 and s.attempts >= $5)
          or exists (select from finished_delivery f
                      where f.message_id = r.message_id and f.endpoint_id = r.endpoint_id
                        and f.status = 2 and f.reason = 'exhausted'))`

/** An operational message to be stored with the result of the run that it tells of. */
export type AttemptEvent = {
  id: string
  result: RunResult
  environmentUuid: string
  type: AttemptEventType
  payload: string
}

type Row = {
  at: number
  environment_id: string
  application_id: string
  application_uid: string | null
  event_id: string | null
}

/** Asks the database only when there may be something to tell: never for successes at first try. */
export async function findAttemptEvents(pool: Pool, results: RunResult[]): Promise<AttemptEvent[]> {
  const worthTelling = results.flatMap((result) => {
    const type = attemptEventOf(result)
    return type === null ? [] : [{ result, type }]
  })
  if (worthTelling.length === 0) return []
  const { rows } = await pool.query<Row>({
    name: 'find_attempt_events',
    text: FIND,
    values: [
      uuids(worthTelling.map(({ result }) => toUuid(result.run.messageId))),
      uuids(worthTelling.map(({ result }) => toUuid(result.run.endpointId))),
      numbers(worthTelling.map(({ result }) => result.run.resend)),
      worthTelling.map(({ type }) => type),
      FAILING_AT,
    ],
  })
  return rows.map((row) => toEvent(row, worthTelling[row.at]!))
}

function toEvent(
  row: Row,
  { result, type }: { result: RunResult; type: AttemptEventType },
): AttemptEvent {
  const { run, attempt } = result
  const data = {
    appId: toId('application', row.application_id),
    ...(row.application_uid !== null && { appUid: row.application_uid }),
    msgId: run.messageId,
    ...(row.event_id !== null && { msgEventId: row.event_id }),
    endpointId: run.endpointId,
    lastAttempt: attempt && {
      id: attempt.id,
      responseStatusCode: attempt.outcome.answer?.status ?? 0,
      timestamp: timeOf(attempt.id).toISOString(),
    },
  }
  return {
    id: newUuid(),
    result,
    environmentUuid: row.environment_id,
    type,
    payload: payloadOf({ type, data }),
  }
}
